// stack of unions, next, last, emission
#include <core.p4>
#include <v1model.p4>

header t_t { bit<8> t; }
header a_t { bit<8> t; bit<8> v; }
header b_t { bit<8> t; bit<16> v; }
header_union u_t { a_t a; b_t b; }
header e_t { bit<8> t; }

struct headers_t {
    u_t[3] u;
    e_t end;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(pkt.lookahead<bit<8>>()) {
            1: pa;
            2: pb;
            0: pe;
        }
    }
    state pa { pkt.extract(hdr.u.next.a); transition start; }
    state pb { pkt.extract(hdr.u.next.b); transition start; }
    state pe { pkt.extract(hdr.end); transition accept; }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        for (bit<32> i in 0 .. 2) {
            if (hdr.u[i].a.isValid()) {
                hdr.u[i].a.t[7:7] = 1;
            }
            if (hdr.u[i].isValid() && !hdr.u[i].a.isValid()) {
                hdr.u[i].b.v = hdr.u[i].b.v + 1;
            }
        }
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
