// error: what is chosen from has one type, 8.5.1
#include <core.p4>
struct S { bit<8> a; bool b; }
control c(in S x, in tuple<bit<8>, bool> y, in bool first, out S r) {
    apply { r = first ? x : y; }
}
