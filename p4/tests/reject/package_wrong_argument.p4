// error: the argument of a package has another type than its parameter, 17.2
#include <core.p4>
control C(inout bit<8> x);
package P(C c);
control mine(inout bit<16> x) { apply { } }
P(mine()) main;
