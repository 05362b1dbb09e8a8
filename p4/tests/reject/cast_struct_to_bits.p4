// error: a structure cannot be cast to a bit-string, 8.12.1
#include <core.p4>
struct S { bit<8> a; }
control c(in S s, out bit<8> z) {
    apply { z = (bit<8>)s; }
}
