// The generation of 2020 of v1model.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>
struct H { }
struct M { PortId_t p; bit<8> v; }
parser P(packet_in b, out H h, inout M m, inout standard_metadata_t s) {
    state start {
        m.p = s.ingress_port;
        transition accept;
    }
}
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    register<bit<8>, bit<4>>(16) r;
    counter<bit<10>>(1024, CounterType.bytes) k;
    meter<PortId_t>(512, MeterType.packets) mt;
    apply {
        r.read(m.v, 4w3);
        k.count(10w5);
        mt.execute_meter(m.p, m.v);
        s.egress_spec = m.p;
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control C(inout H h, inout M m) { apply { } }
control D(packet_out b, in H h) { apply { } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
