// next advances with each extract; last is the one before (8.20, 13.9).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<7> v; bit<1> bos; }

struct headers_t {
    l_t[4] s;
}

struct meta_t {
    bit<7> last;
    bit<32> last_index;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        transition select(hdr.s.last.bos) {
            0: start;
            1: done;
        }
    }
    state done {
        meta.last = hdr.s.last.v;
        meta.last_index = hdr.s.lastIndex;
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.s[0].v = meta.last;
        hdr.s[0].bos = (bit<1>)(meta.last_index == 2);
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
