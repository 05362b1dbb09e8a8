// error: constructor parameters are directionless, 15
#include <core.p4>
control c(inout bit<8> x)(in bit<8> n) {
    apply { x = n; }
}
