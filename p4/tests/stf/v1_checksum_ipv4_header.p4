// The checksum of an IPv4 header with options, fields of an invalid header left out.
#include <core.p4>
#include <v1model.p4>

header ip_t { bit<4> version; bit<4> ihl; bit<8> tos; bit<16> len; bit<8> ttl; bit<8> proto; bit<16> sum; }
header opt_t { varbit<320> opt; }

struct headers_t {
    ip_t ip;
    opt_t opt;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.ihl) {
            2: accept;
            3 .. 12: options;
        }
    }
    state options {
        pkt.extract(hdr.opt, ((bit<32>)hdr.ip.ihl - 2) * 32);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.ip.ttl = hdr.ip.ttl - 1;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(hdr.ip.isValid(), { hdr.ip.version, hdr.ip.ihl, hdr.ip.tos, hdr.ip.len, hdr.ip.ttl, hdr.ip.proto, hdr.opt.opt }, hdr.ip.sum, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
