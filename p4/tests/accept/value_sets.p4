// Value sets of bits, of structures with @match and of tuples (13.11).
#include <core.p4>
struct vsk_t {
    @match(ternary) bit<16> port;
}
struct two_t {
    bit<8> a;
    @match(lpm) bit<16> b;
}
parser p(packet_in b, in bit<16> port, in bit<8> a) {
    value_set<bit<16>>(4) plain;
    value_set<vsk_t>(4) masked;
    value_set<two_t>(8) two;
    value_set<tuple<bit<8>, bit<16>>>(2 + 2) pair;
    state start {
        transition select(port) {
            plain: s1;
            0x0800: accept;
            masked: s1;
        }
    }
    state s1 {
        transition select(a, port) {
            two: accept;
            pair: accept;
            (1, _): accept;
        }
    }
}
