// A field may be called valid, beside the validity of its header as a key.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> valid;
    bit<8> r;
}

header o_t {
    bit<8> valid;
}

struct headers_t {
    h_t h;
    o_t o;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.valid) {
            1: more;
            default: accept;
        }
    }
    state more {
        pkt.extract(hdr.o);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<8> v) { hdr.h.r = v; }
    table t {
        key = {
            hdr.h.valid: exact;
            hdr.o.isValid(): exact;
            hdr.o.valid: exact;
        }
        actions = { set; }
    }
    apply {
        std.egress_spec = 1;
        t.apply();
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
