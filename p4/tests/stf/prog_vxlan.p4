// A VXLAN gateway: encapsulation by destination MAC and network, decapsulation at the end.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header ipv4_t {
    bit<8> ver_ihl;
    bit<8> tos;
    bit<16> total_len;
    bit<16> id;
    bit<16> frag;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}
header udp_t {
    bit<16> sport;
    bit<16> dport;
    bit<16> length;
    bit<16> checksum;
}
header vxlan_t {
    bit<8> flags;
    bit<24> reserved;
    bit<24> vni;
    bit<8> reserved2;
}
const bit<16> UDP_VXLAN = 4789;

struct headers_t {
    ethernet_t outer;
    ipv4_t ip;
    udp_t udp;
    vxlan_t vxlan;
    ethernet_t inner;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.outer);
        transition select(hdr.outer.type) {
            0x0800: ip;
            default: accept;
        }
    }
    state ip {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.protocol) {
            17: udp;
            default: accept;
        }
    }
    state udp {
        pkt.extract(hdr.udp);
        transition select(hdr.udp.dport) {
            UDP_VXLAN: vxlan;
            default: accept;
        }
    }
    state vxlan {
        pkt.extract(hdr.vxlan);
        transition select(hdr.vxlan.flags[3:3]) {
            1: inner;
        }
    }
    state inner {
        pkt.extract(hdr.inner);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    bit<24> vni = 0;
    action drop() { mark_to_drop(std); }
    action local(bit<9> port) { std.egress_spec = port; }
    action encap(bit<32> src, bit<32> dst, bit<48> smac, bit<48> dmac, bit<9> port) {
        hdr.inner = hdr.outer;
        hdr.vxlan = { 0x08, 0, vni, 0 };
        bit<16> len = (bit<16>)std.packet_length;
        bit<16> entropy;
        hash(entropy, HashAlgorithm.crc16, 16w0xc000, { hdr.outer.dst, hdr.outer.src }, 16w0x4000);
        hdr.udp = { entropy, UDP_VXLAN, len + 16, 0 };
        hdr.ip = { 0x45, 0, len + 36, 0, 0x4000, 64, 17, 0, src, dst };
        hdr.outer = { dmac, smac, 0x0800 };
        std.egress_spec = port;
    }
    action network(bit<24> id) { vni = id; }
    table access {
        key = { std.ingress_port: exact; }
        actions = { network; drop; }
        default_action = drop();
    }
    table remote {
        key = { vni: exact; hdr.outer.dst: exact; }
        actions = { encap; drop; }
        default_action = drop();
    }
    table termination {
        key = { hdr.vxlan.vni: exact; hdr.inner.dst: exact; }
        actions = { local; drop; }
        default_action = drop();
    }

    apply {
        if (hdr.inner.isValid()) {
            if (termination.apply().hit) {
                hdr.outer.setInvalid();
                hdr.ip.setInvalid();
                hdr.udp.setInvalid();
                hdr.vxlan.setInvalid();
            }
        } else {
            switch (access.apply().action_run) {
                network: { remote.apply(); }
                default: { }
            }
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(hdr.ip.isValid(),
            { hdr.ip.ver_ihl, hdr.ip.tos, hdr.ip.total_len, hdr.ip.id, hdr.ip.frag, hdr.ip.ttl, hdr.ip.protocol, hdr.ip.src, hdr.ip.dst },
            hdr.ip.checksum, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
