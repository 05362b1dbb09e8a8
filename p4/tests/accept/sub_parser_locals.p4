// Parsers with locals, constructor parameters and instances in them (13, 15).
#include <core.p4>
header H { bit<8> a; }
extern Counter {
    Counter(bit<32> size);
    void count(in bit<32> i);
}
parser leaf(packet_in b, out H h)(bit<32> size, bool twice) {
    Counter(size) k;
    bit<8> n = 0;
    state start {
        b.extract(h);
        k.count((bit<32>)h.a);
        transition select(twice, n) {
            (true, 0): again;
            default: accept;
        }
    }
    state again {
        n = n + 1;
        transition start;
    }
}
parser root(packet_in b, out H h, out H g) {
    leaf(16, true) one;
    leaf(twice = false, size = 8) two;
    state start {
        one.apply(b, h);
        two.apply(b, g);
        one.apply(b, h);
        transition accept;
    }
}
