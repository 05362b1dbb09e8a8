// error: an index is numeric, which a new type is not, 8.20
#include <core.p4>
type bit<8> T;
header H { bit<8> a; }
control c(inout H[2] s, in T i) {
    apply { s[i].a = 1; }
}
