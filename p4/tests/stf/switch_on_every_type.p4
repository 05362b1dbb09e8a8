// switch on enum, serializable enum, error, bool, bits with fallthrough
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
    bit<8> e;
    bit<8> f;
    bit<8> g;
    bit<8> h;
}

enum E { P, Q, R }
enum bit<8> S { one = 1, two = 2 }

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
        E e = hdr.h.a == 9 ? E.R : E.P;
        switch (e) {
            E.P:
            E.Q: { hdr.h.b = 1; }
            default: { hdr.h.b = 3; }
        }
        S s = (S) hdr.h.a;
        switch (s) {
            S.one: { hdr.h.c = 2; }
            S.two: { hdr.h.c = 10; }
        }
        switch (std.parser_error) {
            error.NoError: { hdr.h.d = 3; }
            default: { hdr.h.d = 9; }
        }
        switch (hdr.h.a + 1) {
            2: { hdr.h.e = 4; }
            3: { hdr.h.e = 5; }
            default: { hdr.h.e = 6; }
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
