// error: two tables of one fully-qualified name, also with a V1Switch of the program's own, 18.3.3
#include <core.p4>
struct standard_metadata_t {
    bit<9> port;
}
parser Parser<H>(packet_in b, out H headers, inout standard_metadata_t standard);
control Ingress<H>(inout H headers, inout standard_metadata_t standard);
package V1Switch<H>(Parser<H> p, Ingress<H> i);
header Eth { bit<48> dst; bit<48> src; bit<16> kind; }
parser Pa(packet_in b, out Eth eth, inout standard_metadata_t s) {
    state start {
        b.extract(eth);
        transition accept;
    }
}
control Half(inout bit<48> address) {
    @name(".addresses") table known {
        key = { address: exact; }
        actions = { NoAction; }
    }
    apply {
        known.apply();
    }
}
control In(inout Eth eth, inout standard_metadata_t s) {
    Half() source;
    Half() destination;
    apply {
        source.apply(eth.src);
        destination.apply(eth.dst);
    }
}
V1Switch(Pa(), In()) main;
