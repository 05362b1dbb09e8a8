// What is written member by member has the type that it is compared with (8.12, 8.17).
#include <core.p4>
struct S { bit<8> a; bool b; }
struct T { S s; tuple<bit<8>, bool> t; }
control c(in S x, in tuple<bit<8>, bool> y, in T z, in bool first, out bool r, inout S to) {
    apply {
        r = x == { 1, true };
        r = r || { 1, true } == x;
        r = r || x != { b = true, a = 3 };
        r = r || x == (S){ 1, true };
        r = r || ({ 1, true }) == y;
        r = r || z == { { 1, true }, { 2, false } };
        r = r || z == { x, y };
        r = r || z.s == x && z.t == y;
        r = r || x == (first ? x : { 3, false });
        to = first ? { 3, false } : x;
    }
}
