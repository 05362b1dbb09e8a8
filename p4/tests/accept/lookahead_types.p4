// lookahead of every fixed-width type, extract and emit with written type arguments (13.8.3).
#include <core.p4>
header H { bit<8> a; }
enum bit<8> E { x = 1 }
typedef int<8> s8;
type bit<16> N;
struct S { bit<4> p; s8 q; bool b; bit<3> r; E e; }
parser p(packet_in b, out H h, out bit<8> x, out S s) {
    state start {
        b.extract<H>(h);
        b.extract<H>(_);
        s = b.lookahead<S>();
        s8 t = b.lookahead<s8>();
        bool f = b.lookahead<bool>();
        E e = b.lookahead<E>();
        N n = b.lookahead<N>();
        H g = b.lookahead<H>();
        x = b.lookahead<tuple<bit<8>, bit<8>>>()[1];
        bit<0> z = b.lookahead<bit<0>>();
        transition select(b.lookahead<S>().q, b.lookahead<H>().a, f) {
            (-5, 1, true): accept;
            default: reject;
        }
    }
}
