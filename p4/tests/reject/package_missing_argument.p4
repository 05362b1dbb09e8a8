// error: an argument of a package is missing, 17.2
#include <core.p4>
control C();
package P(C a, C b);
control mine() { apply { } }
P(mine()) main;
