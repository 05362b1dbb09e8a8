// Parameters of every value type, in every direction (F).
#include <core.p4>
header H { bit<8> a; varbit<16> v; }
header_union U { H h; }
enum E { a, b }
enum bit<8> F { x = 1 }
type bit<8> N;
struct S { H h; tuple<bit<8>, error> t; }
void f(in bit<8> a, inout int<8> b, out bool c, in H d, inout U e, out H[2] g, in E h, inout F i, out N j, in S k, inout error l, in tuple<> m) {
    c = a == 1;
    b = b + 1;
    j = (N)a;
    l = k.t[1];
    e.h = d;
    g[0] = d;
    i = F.x;
}
control c(inout S s, inout U u, inout int<8> b) {
    apply {
        H[2] g;
        F i = F.x;
        error l;
        N j;
        f(1, b, _, s.h, u, g, E.a, i, j, s, l, {});
    }
}
