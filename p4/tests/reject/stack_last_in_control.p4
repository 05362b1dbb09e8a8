// error: last may only be used in a parser, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s, out bit<8> x) {
    apply { x = s.last.a; }
}
