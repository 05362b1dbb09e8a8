// error: arithmetic is not defined on varbit, 8.11
#include <core.p4>
header H { varbit<8> a; }
control c(inout H h) {
    apply { h.a = h.a + h.a; }
}
