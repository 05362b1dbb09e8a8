// Structure-valued expressions wherever expressions go (8.14).
#include <core.p4>
struct S { bit<32> a; bit<32> b; }
struct T { S s; tuple<S, bool> t; }
extern void f<X>(in X data);
const S c0 = { 10, 20 };
const S c1 = { b = 10, a = 20 };
const S c2 = (S){ a = 10, b = 20 };
const T c3 = { s = { 1, 2 }, t = { { a = 1, b = 2 }, true } };
S make(in bit<32> x) {
    return { a = x, b = x };
}
control c(inout S s, out bool r) {
    apply {
        f((S){ 10, 20 });
        f({ s.a, { s.b } });
        s = { b = s.a, a = s.b };
        r = s == (S){ a = 1, b = 2 };
        s.a = ((S){ a = 7, b = 8 }).b;
        s = make(5);
    }
}
