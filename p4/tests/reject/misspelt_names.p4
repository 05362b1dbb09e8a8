// error: what is almost the name of a field, a state and a call is said what it is like
#include <core.p4>
header ipv4_t { bit<8> ttl; bit<32> srcAddr; bit<32> dstAddr; }
parser p(packet_in pkt, out ipv4_t h) {
    state start { transition parse_ipv5; }
    state parse_ipv4 { pkt.extract(h); transition accept; }
}
control c(inout ipv4_t h) {
    table t { key = { h.dstAdr: exact; } actions = { NoAction; } }
    apply {
        apply(t);
        if (h) { h.srcAddr = 1; }
    }
}
control sub() { apply { } }
control block();
package Two(block b);
Two(sub) main;
