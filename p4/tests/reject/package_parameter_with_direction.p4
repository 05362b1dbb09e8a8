// error: parameters of a package are directionless, 7.2.14
#include <core.p4>
package P(in bit<8> x);
