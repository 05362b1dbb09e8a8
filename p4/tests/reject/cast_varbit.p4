// error: a varbit cannot be cast to a bit-string, 8.11
#include <core.p4>
header H { varbit<8> v; }
control c(in H h, out bit<8> z) {
    apply { z = (bit<8>)h.v; }
}
