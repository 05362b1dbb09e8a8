// What the parser asks for, it asks for once: a clone of ingress is parsed again, and is no second packet that asks.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> instance;
}

struct headers_t {
    h_t h;
}

struct meta_t { }

struct seen_t {
    bit<8> k;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.k) {
            1: egress_clone;
            2: again;
            3: told;
            default: accept;
        }
    }
    state egress_clone {
        // Ingress begins with it, and a clone of egress is for egress to ask for.
        clone(CloneType.E2E, 1);
        transition accept;
    }
    state again {
        recirculate_preserving_field_list(0);
        transition accept;
    }
    state told {
        digest<seen_t>(1, { hdr.h.k });
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        clone(CloneType.I2E, 1);
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.instance = (bit<8>)std.instance_type;
        // Of what is recirculated only one pass.
        if (hdr.h.k == 2) {
            hdr.h.k = 0x22;
        }
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr.h);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
