// Tables that construct their profiles in place have one each (14.2.1.6).
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
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<16> v) { hdr.h.c = v; }
    table t {
        key = { hdr.h.a: exact; }
        actions = { set; NoAction; }
        default_action = set(1);
        implementation = action_profile(4);
    }
    table u {
        key = { hdr.h.a: exact; }
        actions = { set; NoAction; }
        default_action = set(2);
        implementation = action_profile(4);
    }
    table w {
        key = { hdr.h.a: exact; hdr.h.b: selector; }
        actions = { set; NoAction; }
        default_action = set(3);
        implementation = action_selector(HashAlgorithm.crc16, 4, 8);
    }
    table x {
        key = { hdr.h.a: exact; hdr.h.c: selector; }
        actions = { set; NoAction; }
        default_action = set(4);
        implementation = action_selector(HashAlgorithm.crc16, 4, 8);
    }

    apply {
        std.egress_spec = 1;
        if (hdr.h.a == 1) {
            t.apply();
        } else if (hdr.h.a == 2) {
            u.apply();
        } else if (hdr.h.a == 3) {
            w.apply();
        } else {
            x.apply();
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
