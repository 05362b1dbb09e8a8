// A serializable enum over int<W> (7.2.1).
#include <core.p4>
#include <v1model.p4>

enum int<8> T { cold = -20, zero = 0, hot = 40 }
header e_t { T t; bit<8> r; }

struct headers_t {
    e_t h;
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
        if (hdr.h.t < T.zero) { hdr.h.r = 1; }
        if (hdr.h.t == T.cold) { hdr.h.r = hdr.h.r + 2; }
        if ((int<8>)hdr.h.t > 30) { hdr.h.r = 4; hdr.h.t = (T)((int<8>)T.hot + 1); }
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
