// error: directionless parameters of an action come last, 6.8
#include <core.p4>
action a(bit<8> v, inout bit<8> x) { x = v; }
