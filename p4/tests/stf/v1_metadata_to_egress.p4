// User metadata goes from the parser through ingress to egress and the deparser's headers.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> x;
    tuple<bit<8>, bool> t;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        meta.x = hdr.h.a;
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        meta.x = meta.x + 1;
        meta.t = { meta.x, true };
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (meta.t[1]) { hdr.h.b = meta.x + meta.t[0]; }
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        if (meta.x == 5) { hdr.h.a = 0xff; }
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
