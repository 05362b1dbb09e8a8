// Keys of type bool, of a serializable enum and of a new type.
#include <core.p4>
#include <v1model.p4>

enum bit<8> Kind { one = 1, two = 2 }
type bit<8> Tag_t;
header k_t { Kind k; Tag_t g; bit<8> r; }

struct headers_t {
    k_t h;
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
    action set(bit<8> v) { hdr.h.r = v; }
    bool odd = false;
    table t {
        key = { hdr.h.k: exact; odd: exact; hdr.h.g: ternary; }
        actions = { set; }
        default_action = set(0xdd);
        const entries = {
            (Kind.one, true, (Tag_t)5): set(1);
            (Kind.one, false, _): set(2);
            (Kind.two, true, _): set(3);
        }
    }

    apply {
        std.egress_spec = 1;
        odd = (bit<8>)hdr.h.g & 1 == 1;
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
