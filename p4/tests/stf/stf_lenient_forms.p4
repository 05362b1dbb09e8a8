// Spellings of packet tests that are not needed but found: arguments by position, other comments, capitals; values as P4
// writes them, digits of packets after 0x, semicolons, a single =.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<8> b; bit<16> c; }
struct headers_t { h_t h; }
struct meta_t { }
parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}
control Vrf(inout headers_t hdr, inout meta_t meta) { apply { } }
control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    counter(2, CounterType.packets) hits;
    action set(bit<9> port, bit<8> b, bit<16> c) {
        std.egress_spec = port;
        hdr.h.b = b;
        hdr.h.c = c;
    }
    table t {
        key = { hdr.h.a: ternary; }
        actions = { set; }
        default_action = set(0, 0, 0);
    }
    apply { t.apply(); hits.count((bit<32>) hdr.h.a[0:0]); }
}
control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control Cmp(inout headers_t hdr, inout meta_t meta) { apply { } }
control Dep(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(Prs(), Vrf(), Ing(), Egr(), Cmp(), Dep()) main;
