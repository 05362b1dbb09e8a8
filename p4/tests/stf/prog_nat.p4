// Address and port translation; the UDP checksum covers the payload.
#include <core.p4>
#include <v1model.p4>

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

struct headers_t {
    ipv4_t ip;
    udp_t udp;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.frag[12:0], hdr.ip.protocol) {
            (0, 17): udp;
            default: accept;
        }
    }
    state udp {
        pkt.extract(hdr.udp);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action drop() { mark_to_drop(std); }
    action out_to(bit<32> src, bit<16> sport) {
        hdr.ip.src = src;
        hdr.udp.sport = sport;
        std.egress_spec = 2;
    }
    action in_to(bit<32> dst, bit<16> dport) {
        hdr.ip.dst = dst;
        hdr.udp.dport = dport;
        std.egress_spec = 1;
    }
    table outgoing {
        key = { hdr.ip.src: exact; hdr.udp.sport: exact; }
        actions = { out_to; drop; }
        default_action = drop();
    }
    table incoming {
        key = { hdr.ip.dst: exact; hdr.udp.dport: exact; }
        actions = { in_to; drop; }
        default_action = drop();
    }

    apply {
        if (!hdr.udp.isValid()) { drop(); }
        else if (std.ingress_port == 1) { outgoing.apply(); }
        else { incoming.apply(); }
        hdr.ip.ttl = hdr.ip.ttl |-| 1;
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
        update_checksum_with_payload(hdr.udp.isValid() && hdr.udp.checksum != 0,
            { hdr.ip.src, hdr.ip.dst, 8w0, hdr.ip.protocol, hdr.udp.length, hdr.udp.sport, hdr.udp.dport, hdr.udp.length },
            hdr.udp.checksum, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
