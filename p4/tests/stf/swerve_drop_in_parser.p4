// A parser that drops sets egress_spec, as one may that says mark_to_drop, and ingress has the last word; a deparser comes too late.
#include <core.p4>
#include <v1model.p4>
#include <swerve.p4>

header a_t {
    bit<8> x;
}

struct headers_t {
    a_t a;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        std.egress_spec = 1;
        transition select(hdr.a.x) {
            1 &&& 1: bad;
            default: accept;
        }
    }
    state bad {
        swerve_drop(std, swerve_drop_t.BAD_HEADER);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (hdr.a.x > 2) {
            std.egress_spec = 3;
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
    standard_metadata_t own;
    apply {
        pkt.emit(hdr.a);
        swerve_drop(own, swerve_drop_t.PROGRAM);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
