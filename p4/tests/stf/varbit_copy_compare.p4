// Varbits are assigned and compared with their lengths (8.11).
#include <core.p4>
#include <v1model.p4>

header o_t { bit<8> len; varbit<64> data; }
header e_t { bit<8> code; }

struct headers_t {
    e_t e;
    o_t o;
    o_t p;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.o, (bit<32>)(pkt.lookahead<bit<8>>()) << 3);
        pkt.extract(hdr.p, (bit<32>)(pkt.lookahead<bit<8>>()) << 3);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.e = { 0 };
        if (hdr.o.data == hdr.p.data) { hdr.e.code = 1; }
        if (hdr.o == hdr.p) { hdr.e.code = hdr.e.code + 2; }
        hdr.o.data = hdr.p.data;
        if (hdr.o.data == hdr.p.data) { hdr.e.code = hdr.e.code + 4; }
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
