// A varbit between fixed fields, with struct copy of the header (7.2.2, 13.8.2).
#include <core.p4>
#include <v1model.p4>

header o_t { bit<8> len; varbit<40> data; bit<16> tail; }

struct headers_t {
    o_t o;
    o_t p;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.o, 8 * (bit<32>)pkt.lookahead<bit<8>>());
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.p = hdr.o;
        hdr.p.tail = hdr.p.tail + 1;
        hdr.o.len = 0;
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
