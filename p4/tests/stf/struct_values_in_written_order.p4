// The values of a structure-valued expression are evaluated as they are written, not as the type has its fields (8.1, 8.13).
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> k; bit<8> a; bit<8> b; bit<8> c; }
struct inner_t { bit<8> x; bit<8> y; }
struct pair_t { inner_t one; bit<8> two; }

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
bit<8> twelve(in inner_t of) { return of.x * 16 + of.y; }

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

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action bye() { exit; }
    table t {
        key = { hdr.h.k: exact; }
        actions = { bye; NoAction; }
        default_action = NoAction;
        const entries = { 7: bye(); }
    }
    bit<8> n = 0;

    apply {
        std.egress_spec = 1;
        if (hdr.h.k == 1) {
            hdr.h = { c = next(n), k = 1, a = n, b = next(n) };
        } else if (hdr.h.k == 2) {
            pair_t p = { two = next(n), one = { y = next(n), x = next(n) } };
            hdr.h.a = p.one.x;
            hdr.h.b = p.one.y;
            hdr.h.c = p.two;
        } else if (hdr.h.k == 3) {
            hdr.h.a = twelve({ y = next(n), x = next(n) });
            hdr.h.b = twelve((inner_t) { y = n, x = next(n) });
            hdr.h.c = n;
        } else if (hdr.h.k == 4) {
            hdr.h = { b = next(n), a = next(n), ... };
            hdr.h.k = 4;
        } else if (hdr.h.k == 5) {
            bool same = (inner_t) { y = next(n), x = next(n) } == { y = 1, x = 2 };
            hdr.h.a = (bit<8>)(bit<1>) same;
        } else {
            hdr.h = { b = next(n), a = t.apply().hit ? 8w1 : 2, k = hdr.h.k, c = next(n) };
            hdr.h.c = hdr.h.c + 0x10;
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
