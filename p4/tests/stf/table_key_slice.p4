// A slice, a cast and a concatenation as keys.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<8> b;
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
    action set(bit<8> v) { hdr.h.r = v; }
    table t {
        key = {
            hdr.h.a[11:4]: exact @name("mid");
            hdr.h.a[3:0] ++ hdr.h.b[7:4]: ternary @name("both");
            (bit<4>)hdr.h.b: exact @name("low");
        }
        actions = { set; NoAction; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        t.apply();
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
