// Widths of zero are allowed (7.1.6.2, 8.27).
#include <core.p4>
struct S {
    bit<0> b;
    varbit<0> v;
}
const bit<0> Z = 0;
control c(inout bit<8> x) {
    apply {
        bit<0> y = 0;
        x = x ++ y;
    }
}
