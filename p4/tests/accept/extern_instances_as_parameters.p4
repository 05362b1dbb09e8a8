// Extern objects as constructor and as run-time parameters (8.24, F).
#include <core.p4>
extern Counter {
    Counter(bit<32> size);
    void count(in bit<32> i);
}
parser p(packet_in b)(Counter k) {
    state start {
        k.count(0);
        transition accept;
    }
}
control inner(Counter k, inout bit<8> x)(Counter other) {
    apply {
        k.count(1);
        other.count((bit<32>)x);
    }
}
control outer(inout bit<8> x) {
    Counter(16) mine;
    inner(Counter(4)) sub;
    inner(other = mine) sub2;
    apply {
        sub.apply(mine, x);
        sub2.apply(mine, x);
    }
}
