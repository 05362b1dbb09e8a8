// A variable of a parser state is a new one each time the state is entered (13.4).
#include <core.p4>
#include <v1model.p4>

header e_t { bit<8> v; }

struct headers_t {
    e_t[4] s;
}

struct meta_t {
    bit<8> sum;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    bit<8> kept = 0;

    state start {
        bit<8> local;
        pkt.extract(hdr.s.next);
        local = local + hdr.s.last.v;
        kept = kept + local;
        meta.sum = kept;
        transition select(hdr.s.last.v) {
            0: accept;
            default: start;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.s[0].v = meta.sum;
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
