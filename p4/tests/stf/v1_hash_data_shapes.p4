// The data of a hash as a field, a header, a structure and nested tuples.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<16> b;
    bit<16> r0;
    bit<16> r1;
    bit<16> r2;
    bit<16> r3;
}

struct s_t { bit<8> p; bit<16> q; }

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
        s_t s = { hdr.h.a, hdr.h.b };
        hash(hdr.h.r0, HashAlgorithm.crc16, 16w0, hdr.h.b, 32w0x10000);
        hash(hdr.h.r1, HashAlgorithm.crc16, 16w0, s, 32w0x10000);
        hash(hdr.h.r2, HashAlgorithm.crc16, 16w0, { { hdr.h.a, { hdr.h.b } }, 8w0x42 }, 32w0x10000);
        hash(hdr.h.r3, HashAlgorithm.crc16, 16w0, hdr.h, 32w0x10000);
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
