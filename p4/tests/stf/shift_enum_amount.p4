// A serializable enum is cast to its underlying type as a shift amount and as an operand (8.3, 8.12.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<16> r0;
    bit<16> r1;
    bit<8> r2;
    bit<16> r3;
}

enum bit<8> E { one = 1, four = 4, many = 0x40 }

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
        E e = E.four;
        hdr.h.r0 = hdr.h.a << e;
        hdr.h.r1 = 16w0x8000 >> E.many;
        hdr.h.r2 = e << 3;
        hdr.h.r3 = e ++ 8w0xaa;
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
