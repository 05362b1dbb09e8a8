// A clone of egress and a recirculated packet begin with metadata zero, ingress_port included, unless it is to be kept; a clone
// of ingress and a resubmitted packet have that of the packet as it came in.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> first;
    bit<8> second;
    bit<8> egress;
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
    apply {
        std.egress_spec = 1;
        bit<8> port = (bit<8>)std.ingress_port;
        if (std.instance_type == 0) {
            hdr.h.first = port;
            if (hdr.h.k == 1) { clone(CloneType.I2E, 1); }
        } else if (std.instance_type == 4 && hdr.h.k == 4) {
            resubmit_preserving_field_list(0);
        } else {
            hdr.h.second = port;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.egress = (bit<8>)std.ingress_port;
        if (std.instance_type == 0) {
            if (hdr.h.k == 2) {
                clone(CloneType.E2E, 1);
            } else if (hdr.h.k == 3 || hdr.h.k == 4) {
                recirculate_preserving_field_list(0);
            } else if (hdr.h.k == 5) {
                recirculate({ std });
            }
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
