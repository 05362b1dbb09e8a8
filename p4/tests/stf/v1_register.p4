// A register keeps its value between packets; out of range reads zero and writes nothing.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> i;
    bit<16> old;
    bit<16> new;
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
    register<bit<16>>(4) r;

    apply {
        std.egress_spec = 1;
        bit<16> v;
        r.read(v, (bit<32>)hdr.h.i);
        hdr.h.old = v;
        r.write((bit<32>)hdr.h.i, hdr.h.new);
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
