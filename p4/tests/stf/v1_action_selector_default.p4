// A table with an action selector and no entries runs its default action.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<16> f;
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
    @name("lag") action_selector(HashAlgorithm.crc16, 32w16, 32w14) sel;
    table t {
        key = { hdr.h.k: exact; hdr.h.f: selector; }
        actions = { set; NoAction; }
        default_action = NoAction();
        implementation = sel;
    }

    apply {
        std.egress_spec = 1;
        if (t.apply().miss) { hdr.h.r = 0x55; }
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
