// Requests count from the part that makes them: clones and resubmission may be asked for in the parser.
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
        transition select(hdr.h.a, std.instance_type) {
            (2, 0): cloned;
            (3, 0): cut;
            (4, 0): again;
            default: accept;
        }
    }
    state cloned {
        clone(CloneType.I2E, 5);
        digest(1, hdr.h);
        transition accept;
    }
    state cut {
        truncate(3);
        transition accept;
    }
    state again {
        resubmit_preserving_field_list(0);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.b = hdr.h.b + 1;
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
        digest(2, { hdr.h.a });
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
