// Random numbers with a sign: every one from the lowest to the highest comes.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> ok;
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
    apply {
        std.egress_spec = 1;
        bit<8> outside = 0;
        bit<8> seen = 0;
        for (bit<8> i in 8w0..100) {
            int<8> r;
            random(r, -2, 1);
            if (r < -2 || r > 1) { outside = 1; }
            seen = seen | 8w1 << (bit<8>) (r + 2);
            int<100> w;
            random(w, -2, 1);
            if (w < -2 || w > 1) { outside = 1; }
            seen = seen | 8w0x10 << (bit<8>) (bit<100>) (w + 2);
        }
        hdr.h.a = outside;
        hdr.h.b = seen;
        int<8> lowest;
        random(lowest, -128, -128);
        hdr.h.ok = (bit<8>) lowest;
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
