// error: the value assigned to a slice has its width, 8.7
#include <core.p4>
control c(inout bit<8> x, in bit<8> y) {
    apply { x[3:0] = y; }
}
