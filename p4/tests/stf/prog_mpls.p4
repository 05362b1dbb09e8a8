// MPLS: push two labels, swap, pop, and the penultimate hop with TTL propagation.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header mpls_t {
    bit<20> label;
    bit<3> tc;
    bit<1> bos;
    bit<8> ttl;
}
header ip_t {
    bit<32> front;
    bit<32> second;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}

struct headers_t {
    ethernet_t ethernet;
    mpls_t[4] mpls;
    ip_t ip;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x8847: mpls;
            0x0800: ip;
            default: accept;
        }
    }
    state mpls {
        pkt.extract(hdr.mpls.next);
        transition select(hdr.mpls.last.bos, pkt.lookahead<bit<4>>()) {
            (0, _): mpls;
            (1, 4): ip;
            default: accept;
        }
    }
    state ip {
        pkt.extract(hdr.ip);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action drop() { mark_to_drop(std); }
    action push2(bit<20> top, bit<20> bottom, bit<9> port) {
        hdr.mpls.push_front(2);
        hdr.mpls[0] = { top, 0, 0, hdr.ip.ttl - 1 };
        hdr.mpls[1] = { bottom, 0, 1, hdr.ip.ttl - 1 };
        hdr.ethernet.type = 0x8847;
        std.egress_spec = port;
    }
    action swap(bit<20> label, bit<9> port) {
        hdr.mpls[0].label = label;
        hdr.mpls[0].ttl = hdr.mpls[0].ttl - 1;
        std.egress_spec = port;
    }
    action pop(bit<9> port) {
        bit<8> ttl = hdr.mpls[0].ttl - 1;
        if (hdr.mpls[0].bos == 1) {
            hdr.ip.ttl = ttl;
            hdr.ethernet.type = 0x0800;
        } else {
            hdr.mpls[1].ttl = ttl;
        }
        hdr.mpls.pop_front(1);
        std.egress_spec = port;
    }
    table fec {
        key = { hdr.ip.dst: lpm; }
        actions = { push2; drop; }
        default_action = drop();
    }
    table labels {
        key = { hdr.mpls[0].label: exact; }
        actions = { swap; pop; drop; }
        default_action = drop();
    }

    apply {
        if (hdr.mpls[0].isValid()) {
            labels.apply();
        } else if (hdr.ip.isValid()) {
            fec.apply();
        } else {
            drop();
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
