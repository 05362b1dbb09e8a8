// Congestion marking: ECN-capable packets are marked when a threshold of the queue is reached.
#include <core.p4>
#include <v1model.p4>

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<16> total_len;
    bit<16> id;
    bit<16> frag;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}
const bit<19> THRESHOLD = 10;

struct headers_t {
    ipv4_t ip;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.version, hdr.ip.ihl) {
            (4, 5): accept;
            default: reject;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action mark() {
        hdr.ip.ecn = 3;
    }
    register<bit<19>>(1) forced_depth;

    apply {
        bit<19> forced;
        forced_depth.read(forced, 0);
        if (hdr.ip.ecn == 1 || hdr.ip.ecn == 2) {
            if (std.enq_qdepth + forced >= THRESHOLD) {
                mark();
            }
        }
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(hdr.ip.isValid(),
            { hdr.ip.version, hdr.ip.ihl, hdr.ip.dscp, hdr.ip.ecn, hdr.ip.total_len, hdr.ip.id, hdr.ip.frag,
                hdr.ip.ttl, hdr.ip.protocol, hdr.ip.src, hdr.ip.dst },
            hdr.ip.checksum, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
