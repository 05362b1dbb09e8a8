// error: the `{` of states that stand on one line are missing: each said once
#include <core.p4>
header h_t {
    bit<8> a;
}
parser p(packet_in pkt, out h_t h) {
    state start pkt.extract(h); transition more; }
    state more transition third; }
    state third bit<8> x; x = 1; transition fourth; }
    state fourth if (h.a == 1) { h.a = 2; } transition fifth; }
    state fifth { transition accept; }
}
