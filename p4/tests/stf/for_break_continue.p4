// break leaves the innermost loop; continue runs the update (12.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> n;
    bit<8> a;
    bit<8> b;
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
        for (bit<8> i = 0; i < 10; i += 1) {
            if (i == hdr.h.n) { continue; }
            if (i == 7) { break; }
            for (bit<8> j in 0 .. 3) {
                if (j == 2) { break; }
                hdr.h.b = hdr.h.b + 1;
            }
            hdr.h.a = hdr.h.a + i;
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
