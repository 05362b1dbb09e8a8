// resubmit starts from the original bytes, whatever ingress has changed or made invalid.
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }

struct headers_t {
    a_t a;
    a_t b;
    a_t c;
}

struct meta_t {
    @field_list(1) bit<8> seen;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        pkt.extract(hdr.b);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (std.instance_type == 0) {
            meta.seen = hdr.a.v + hdr.b.v;
            hdr.a.v = 0xff;
            hdr.b.setInvalid();
            hdr.c = { 0x77 };
            resubmit_preserving_field_list(1);
        } else if (!hdr.c.isValid()) {
            hdr.b.v = meta.seen;
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
