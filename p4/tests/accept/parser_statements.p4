// Everything that a state may contain (13.4).
#include <core.p4>
header H { bit<8> a; }
struct S { H h; bit<8> x; }
bit<8> f(in bit<8> x) { return x; }
parser sub(packet_in b, inout bit<8> x) {
    state start { transition accept; }
}
parser p(packet_in b, out S s) {
    const bit<8> K = 5;
    bit<8> local = K;
    sub() inst;
    state start {
        const bit<8> C = 1;
        bit<8> v;
        ;
        v = f(C);
        v += 2;
        b.extract(s.h);
        if (v > 2) {
            v = 0;
        } else if (s.h.isValid()) {
            bit<8> w = 1;
            v = w;
        } else ;
        {
            bit<8> v = 7;
            s.x = v;
        }
        inst.apply(b, v);
        sub.apply(b, s.x);
        verify(v < 10, error.NoMatch);
        b.advance(8);
        f(v);
        transition select(v, s.x) {
            (K, _): start;
            (C, C + 1): reject;
            (1 .. 3, 0xf &&& 0xf): accept;
            (default, 7): more;
            _: accept;
        }
    }
    state more { }
    state unreachable { transition accept; }
}
