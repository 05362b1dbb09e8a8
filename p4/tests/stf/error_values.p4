// Variables of type error; comparison and switch on them (8.2, 12.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r;
    bit<8> s;
}

error { Strange, Stranger }

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
        error e = error.NoError;
        if (hdr.h.a == 1) { e = error.Strange; }
        if (hdr.h.a == 2) { e = error.PacketTooShort; }
        switch (e) {
            error.NoError: { hdr.h.r = 1; }
            error.Strange:
            error.Stranger: { hdr.h.r = 2; }
            default: { hdr.h.r = 3; }
        }
        if (e != error.NoError) { hdr.h.s = 1; }
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
