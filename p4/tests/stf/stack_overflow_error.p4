// One extract too many into next: StackOutOfBounds; what was extracted stays (8.20).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<7> v; bit<1> bos; }
header e_t { bit<8> code; }

struct headers_t {
    e_t e;
    l_t[2] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        transition select(hdr.s.last.bos) {
            0: start;
            1: accept;
        }
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.e.setValid();
        if (std.parser_error == error.StackOutOfBounds) { hdr.e.code = 0xee; }
        if (std.parser_error == error.NoError) { hdr.e.code = 0x11; }
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
