// hash with crc32: base + crc mod max, cut to the width of the result.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    bit<16> b;
    bit<32> r0;
    bit<16> r1;
    bit<8> r2;
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
        hash(hdr.h.r0, HashAlgorithm.crc32, 32w0, { hdr.h.a, hdr.h.b }, 64w0x1_0000_0000);
        hash(hdr.h.r1, HashAlgorithm.crc32, 16w100, { hdr.h.a }, 32w1000);
        hash(hdr.h.r2, HashAlgorithm.crc32, 8w3, { hdr.h.b, hdr.h.a }, 8w0);
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
