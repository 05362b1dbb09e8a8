// error: a structure is no collection, 12.8
#include <core.p4>
struct S { bit<8> a; bit<8> b; }
control c(in S s, inout bit<8> x) {
    apply {
        for (bit<8> v in s) { x = v; }
    }
}
