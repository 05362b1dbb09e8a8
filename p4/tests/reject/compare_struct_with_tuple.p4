// error: a structure is compared with one of its own type, not with a tuple of the same members, 8.17
#include <core.p4>
struct S { bit<8> a; bool b; }
control c(in S x, in tuple<bit<8>, bool> y, out bool r) {
    apply { r = x == y; }
}
