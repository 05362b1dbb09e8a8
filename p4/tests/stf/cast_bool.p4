// bit<1> and bool convert both ways; int 0 and 1 convert to bool (8.12.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<1> x;
    bit<7> pad;
    bool t;
    bit<7> pad2;
    bit<8> r;
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
        bool y = (bool)hdr.h.x;
        bool one = (bool)1;
        bool zero = (bool)0;
        hdr.h.t = !y;
        if (one && !zero) { hdr.h.r = 0xaa; }
        hdr.h.pad2 = 6w0 ++ (bit<1>)(hdr.h.r == 0xaa);
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
