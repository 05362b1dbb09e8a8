// Flows are spread over next hops by a hash; a group table gives base and count.
#include <core.p4>
#include <v1model.p4>

header ip_t {
    bit<32> src;
    bit<32> dst;
    bit<8> ttl;
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

struct meta_t {
    bit<14> chosen;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        pkt.extract(hdr.l4);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action drop() { mark_to_drop(std); }
    action group(bit<16> base, bit<32> count) {
        hash(meta.chosen, HashAlgorithm.crc16, base, { hdr.ip.src, hdr.ip.dst, hdr.ip.protocol, hdr.l4.sport, hdr.l4.dport }, count);
    }
    action hop(bit<32> dst, bit<9> port) {
        hdr.ip.dst = dst;
        std.egress_spec = port;
        hdr.ip.ttl = hdr.ip.ttl - 1;
    }
    table groups {
        key = { hdr.ip.dst: lpm; }
        actions = { drop; group; }
        default_action = drop();
    }
    table hops {
        key = { meta.chosen: exact; }
        actions = { drop; hop; }
        default_action = drop();
    }

    apply {
        if (hdr.ip.isValid() && hdr.ip.ttl > 0) {
            groups.apply();
            hops.apply();
        }
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
