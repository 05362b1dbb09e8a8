// Forms of select labels and expressions (13.6).
#include <core.p4>
enum E { a, b }
enum bit<8> F { x = 1, y = 2 }
parser p(packet_in b, in bit<8> x, in bool t, in E e, in F f, in int<8> s, in tuple<bit<8>, bool> u) {
    state start {
        transition select(x) {
            (1): accept;
            (2 .. 3): accept;
            (4 &&& 4): accept;
            (_): s1;
        }
    }
    state s1 {
        transition select(t, e, f, s) {
            (true, E.a, F.x, -1): accept;
            (false, _, F.x .. F.y, -5 .. 5): accept;
            (_, E.b, F.y &&& F.y, default): s2;
            default: s2;
        }
    }
    state s2 {
        transition select(u[0], u[1]) {
            (1, true): accept;
            default: s3;
        }
    }
    state s3 {
        transition select(x[3:0], 8w1 + x, t ? 8w1 : x) { }
    }
}
