// Arguments are evaluated as they are written (6.8), also those that name parameters in another order, also of externs.
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> k; bit<8> a; bit<8> b; bit<8> c; }

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

struct headers_t { h_t h; }
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

control Sub(in bit<8> p, in bit<8> q, out bit<8> r) {
    apply { r = p * 16 + q; }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<8>>(8) cells;
    bit<8> n = 0;
    Sub() sub;
    action act(in bit<8> p, bit<8> q, bit<8> z) { hdr.h.a = p * 16 + q * 4 + z; }

    apply {
        std.egress_spec = 1;
        if (hdr.h.k == 1) {
            cells.write(value = next(n), index = (bit<32>) next(n));
            cells.read(index = 2, result = hdr.h.a);
            hdr.h.b = n;
        } else if (hdr.h.k == 2) {
            bit<16> h;
            hash(max = 32w0x10000, data = { next(n), n }, base = (bit<16>) next(n), result = h, algo = HashAlgorithm.identity);
            hdr.h.a = h[15:8];
            hdr.h.b = h[7:0];
        } else if (hdr.h.k == 3) {
            sub.apply(q = next(n), p = next(n), r = hdr.h.a);
        } else if (hdr.h.k == 4) {
            act(z = next(n), p = next(n), q = n);
        } else if (hdr.h.k == 5) {
            // The value of n is that of its place, whatever comes after.
            cells.write(value = n, index = (bit<32>) next(n));
            cells.read(index = 1, result = hdr.h.a);
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
