// error: one name for two packages, 6.6.1
#include <core.p4>
control C();
package P(C c);
control mine() { apply { } }
P(mine()) main;
P(mine()) main;
