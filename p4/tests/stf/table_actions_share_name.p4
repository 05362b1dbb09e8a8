// Actions may share a name for the control plane: each table knows its own (18.3.3, as programs translated from P4-14 have it).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
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
    @name(".dc") direct_counter(CounterType.packets) dc;
    @name(".mark") action mark(bit<8> v) { hdr.h.b = v; }
    @name(".mark") action mark_2(bit<8> v) { dc.count(); hdr.h.c = 8w0 ++ v; }
    @name(".t1") table t1 {
        actions = { mark; @defaultonly NoAction; }
        key = { hdr.h.a: exact @name("h.a"); }
        default_action = NoAction();
    }
    @name(".t2") table t2 {
        actions = { mark_2; @defaultonly NoAction; }
        key = { hdr.h.a: exact @name("h.a"); }
        counters = dc;
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        t1.apply();
        t2.apply();
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
