// deprecated clone3, resubmit and recirculate with whole structs and with standard_metadata
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }
struct in_t { bit<8> x; bit<8> y; }

struct headers_t {
    h_t h;
}

struct meta_t {
    in_t i;
    bit<8> z;
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
        if (std.instance_type == 0) {
            if (hdr.h.a == 1) {
                meta.i.x = 7;
                meta.z = 3;
                clone3(CloneType.I2E, 32w5, { std, meta.i });
            } else if (hdr.h.a == 2) {
                meta.i = { 9, 1 };
                resubmit(meta);
            }
        } else if (std.instance_type == 6) {
            hdr.h.b = meta.i.x;
            hdr.h.c = (bit<8>) std.instance_type;
            hdr.h.d = meta.z;
        } else if (std.instance_type == 4) {
            hdr.h.b = meta.i.x;
            hdr.h.c = (bit<8>) std.instance_type;
            hdr.h.d = meta.z;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (std.instance_type == 1) {
            hdr.h.b = meta.i.x;
            hdr.h.c = (bit<8>) std.ingress_port;
            hdr.h.d = (bit<8>) std.instance_type;
        }
        if (std.instance_type == 0 && hdr.h.a == 3) {
            meta.i.x = 11;
            recirculate({ meta.i, std });
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
