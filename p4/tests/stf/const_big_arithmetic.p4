// Constants of type int have no width; the cast comes last (8.9).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<64> r0;
    bit<64> r1;
    bit<32> r2;
    int<8> r3;
    bit<64> r4;
}

const int A = 1 << 200;
const int B = A - 1;
const int C = (B * B - 1) / A;
const int D = (A + 12345678901234567890) % 1000000007;
const int E = -17 >> 2;
const bit<64> F = (bit<64>)(B >> 136);

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
        hdr.h.r0 = (bit<64>)(C >> 136);
        hdr.h.r1 = C[63:0];
        hdr.h.r2 = (bit<32>)D;
        hdr.h.r3 = E;
        hdr.h.r4 = F;
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
