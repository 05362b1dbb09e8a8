// An access list over five fields with prefixes, ranges and wildcards, and a counter for each line.
#include <core.p4>
#include <v1model.p4>

header ip_t {
    bit<32> src;
    bit<32> dst;
    bit<8> protocol;
}
header l4_t {
    bit<16> sport;
    bit<16> dport;
}

struct headers_t {
    ip_t ip;
    l4_t l4;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.protocol) {
            6: l4;
            17: l4;
            default: accept;
        }
    }
    state l4 {
        pkt.extract(hdr.l4);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    direct_counter(CounterType.packets) lines;
    action permit() { lines.count(); }
    action deny() {
        lines.count();
        mark_to_drop(std);
    }
    table acl {
        key = {
            hdr.ip.src: ternary;
            hdr.ip.dst: ternary;
            hdr.ip.protocol: ternary;
            hdr.l4.dport: range;
            hdr.l4.isValid(): ternary;
        }
        actions = { permit; deny; }
        default_action = deny();
        counters = lines;
    }

    apply {
        std.egress_spec = 1;
        acl.apply();
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
