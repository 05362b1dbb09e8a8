// A clone from egress to egress has the headers of the end of egress; instance_type 2.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> n;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(3) bit<8> keep;
    bit<8> lose;
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

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.n = hdr.h.n + 1 + meta.keep + meta.lose;
        if (std.instance_type == 0) {
            meta.keep = 0x20;
            meta.lose = 0x40;
            clone_preserving_field_list(CloneType.E2E, 8, 3);
            hdr.h.a = 0xee;
        } else if (std.instance_type == 2) {
            hdr.h.a = hdr.h.a + 1;
        }
    }
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
