// A case that cannot match names a state that is reached from another one all the same.
#include <core.p4>
#include <v1model.p4>

header byte_t {
    bit<8> v;
}

struct headers_t {
    byte_t a;
    byte_t b;
    byte_t c;
}

struct meta_t {
    bool odd;
}

parser P(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.a);
        meta.odd = hdr.a.v[0:0] == 1;
        transition select(meta.odd, 8w2) {
            (true, 1): accept;
            (_, 2): second;
            (_, _): third;
        }
    }
    state second {
        packet.extract(hdr.b);
        transition select(8w7) {
            3: last;
            5: third;
            default: fourth;
        }
    }
    state third {
        packet.extract(hdr.c);
        hdr.c.v = hdr.c.v + 0x10;
        transition last;
    }
    state fourth {
        hdr.b.v = hdr.b.v + 0x20;
        transition third;
    }
    state last {
        hdr.a.v = hdr.a.v + 0x40;
        transition accept;
    }
}

control V(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    apply {
        sm.egress_spec = 1;
    }
}

control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
    apply { }
}

control C(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(P(), V(), I(), E(), C(), D()) main;
