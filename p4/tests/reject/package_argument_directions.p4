// error: the parameters have other directions than the type demands, 17.2
#include <core.p4>
control C(in bit<8> x);
package P(C c);
control mine(inout bit<8> x) { apply { } }
P(mine()) main;
