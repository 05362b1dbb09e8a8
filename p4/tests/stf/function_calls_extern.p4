// Functions may call extern functions (F).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    bit<16> r;
}

bit<16> digest_of(in bit<32> a, in bit<16> max) {
    bit<16> r;
    hash(r, HashAlgorithm.crc16, 16w1, { a }, max);
    log_msg("digest of {} is {}", { a, r });
    return r;
}

struct headers_t {
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.r = digest_of(hdr.h.a, 100);
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
