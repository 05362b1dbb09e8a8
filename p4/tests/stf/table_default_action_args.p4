// default_action with arguments, const and not, changed at run time where allowed.
#include <core.p4>
#include <v1model.p4>

header h_t {
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
    action seta(bit<8> v, bit<8> w) { hdr.h.a = v - w; }
    action setb(bit<8> v) { hdr.h.b = v; }
    table ta {
        key = { hdr.h.a: exact; }
        actions = { seta; setb; }
        default_action = seta(w = 1, v = 0x10);
    }
    table tb {
        key = { hdr.h.b: exact; }
        actions = { setb; }
        const default_action = setb(8w0x20 + 2);
    }

    apply {
        std.egress_spec = 1;
        ta.apply();
        tb.apply();
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
