// error: + is not defined on headers, 8.18
#include <core.p4>
header H { bit<8> a; }
control c(inout H h) {
    apply { h = h + h; }
}
