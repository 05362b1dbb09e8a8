// setInvalid of a member that is not the valid one, or an invalid header assigned to it, leaves the valid one alone: reading
// 8.21 to the letter the union would have no valid member any more, but then v6.setValid(); v4.setInvalid(); would lose v6.
#include <core.p4>
#include <v1model.p4>

header t_t { bit<8> k; }
header a_t { bit<8> x; }
header b_t { bit<16> y; }
header_union u_t { a_t a; b_t b; }

struct headers_t {
    t_t t;
    u_t u;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.t);
        pkt.extract(hdr.u.a);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.t.k == 4) {
            hdr.u.b.setInvalid();
        } else if (hdr.t.k == 5) {
            b_t none;
            hdr.u.b = none;
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
