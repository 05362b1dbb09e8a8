// error: a bit-string cannot be cast to a header, 8.12.1
#include <core.p4>
header H { bit<8> a; }
control c(out H h, in bit<8> x) {
    apply { h = (H)x; }
}
