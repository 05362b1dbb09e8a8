// A package that is called V1Switch and is not v1model's: other parts, other metadata, other externs (17).
#include <core.p4>
struct standard_metadata_t {
    bit<9> ingress_port;
    bit<9> egress_spec;
    bit<1> drop;
}
extern counter {
    counter(bit<32> size);
    void increment(in bit<8> by);
}
extern bit<16> hash<T>(in T data);
parser Parser<H>(packet_in b, out H headers, inout standard_metadata_t standard);
control Ingress<H>(inout H headers, inout standard_metadata_t standard);
control Deparser<H>(packet_out b, in H headers);
package V1Switch<H>(Parser<H> p, Ingress<H> i, Deparser<H> d);

header Eth { bit<48> dst; bit<48> src; bit<16> kind; }
struct Headers { Eth eth; }
parser Pa(packet_in b, out Headers h, inout standard_metadata_t s) {
    state start {
        b.extract(h.eth);
        transition accept;
    }
}
control In(inout Headers h, inout standard_metadata_t s) {
    counter(16) seen;
    action out_of(bit<9> port) { s.egress_spec = port; }
    table t {
        key = { h.eth.dst: exact; }
        actions = { out_of; NoAction; }
    }
    apply {
        seen.increment(1);
        h.eth.kind = hash({ h.eth.dst, h.eth.src });
        if (t.apply().miss) {
            s.drop = 1;
        }
    }
}
control De(packet_out b, in Headers h) {
    apply { b.emit(h.eth); }
}
V1Switch(Pa(), In(), De()) main;
