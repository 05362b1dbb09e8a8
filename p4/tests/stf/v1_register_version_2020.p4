// The generation of 2020: PortId_t and an index type parameter.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> i;
    bit<16> v;
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
    register<bit<16>, bit<8>>(16) r;
    counter<bit<8>>(16, CounterType.packets) c;

    apply {
        std.egress_spec = 1;
        PortId_t p = std.ingress_port;
        bit<16> v;
        r.read(v, hdr.h.i);
        r.write(hdr.h.i, v + (bit<16>)p);
        hdr.h.v = v;
        c.count(hdr.h.i);
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
