// csum16, xor16 and identity.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<64> a;
    bit<8> b;
    bit<16> r0;
    bit<16> r1;
    bit<64> r2;
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
        hash(hdr.h.r0, HashAlgorithm.csum16, 16w0, { hdr.h.a, hdr.h.b }, 32w0x10000);
        hash(hdr.h.r1, HashAlgorithm.xor16, 16w0, { hdr.h.a, hdr.h.b }, 32w0x10000);
        hash(hdr.h.r2, HashAlgorithm.identity, 64w0, { hdr.h.a, hdr.h.b }, 64w0xffff_ffff_ffff_ffff);
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
