// runtime indices as l-values evaluated once and in order
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> n; bit<8> v; }

struct headers_t {
    h_t[4] s;
}

struct meta_t { }

bit<8> bump(inout bit<8> i) {
    i = i + 1;
    return i;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        transition select(hdr.s.last.n) {
            1: start;
            default: accept;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        bit<8> i = 0;
        bit<8> n = hdr.s[3].isValid() ? 8w4 : 3;
        if (n == 4) {
            hdr.s[bump(i) + 2].n = bump(i) + 3;
        } else {
            hdr.s[bump(i)].v = 0x99;
            hdr.s[bump(i)].n = 7;
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
