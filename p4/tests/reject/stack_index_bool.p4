// error: an index is numeric, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s, in bool b) {
    apply { s[b].a = 1; }
}
