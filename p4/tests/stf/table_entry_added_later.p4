// Entries added and removed between packets, in exact, lpm and ternary tables.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> e;
    bit<16> l;
    bit<8> t;
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
    action add(bit<8> v) { hdr.h.r = hdr.h.r | v; }
    table te {
        key = { hdr.h.e: exact; }
        actions = { add; NoAction; }
        default_action = NoAction;
    }
    table tl {
        key = { hdr.h.l: lpm; }
        actions = { add; NoAction; }
        default_action = NoAction;
    }
    table tt {
        key = { hdr.h.t: ternary; }
        actions = { add; NoAction; }
        default_action = NoAction;
    }

    apply {
        std.egress_spec = 1;
        te.apply();
        tl.apply();
        tt.apply();
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
