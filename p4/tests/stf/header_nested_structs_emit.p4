// emit on a structure goes through its fields in order, nested ones too (16.1).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
struct inner_t { a_t p; a_t[2] q; }

struct headers_t {
    a_t first;
    inner_t inner;
    a_t last;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.last);
        pkt.extract(hdr.inner.q[1]);
        pkt.extract(hdr.inner.p);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.first = { 0xff };
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
