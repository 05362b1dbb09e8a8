// One control for ingress and egress: two instances with tables of their own (18.3.2).
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

control Both(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<8>>(1) seen;
    action add(bit<8> n) {
        bit<8> before;
        seen.read(before, 0);
        seen.write(0, before + n);
        hdr.h.b = before + n;
        hdr.h.c = hdr.h.c + 1;
    }
    table t {
        key = { hdr.h.a: exact; }
        actions = { add; NoAction; }
        default_action = NoAction();
    }
    apply {
        std.egress_spec = 1;
        t.apply();
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
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

V1Switch(Prs(), Vrf(), Both(), Both(), Upd(), Dep()) main;
