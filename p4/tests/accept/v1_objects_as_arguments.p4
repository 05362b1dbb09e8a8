// What is constructed as an argument has the name of the parameter (18.3): two receivers in one control are no conflict.
#include <core.p4>
#include <v1model.p4>
struct headers { }
struct metadata { bit<8> x; }
parser P(packet_in p, out headers hdr, inout metadata m, inout standard_metadata_t s) {
    state start { transition accept; }
}
control Check(inout headers hdr, inout metadata m) { apply { } }
control Cell(inout bit<8> x)(register<bit<8>> cells, counter seen) {
    apply {
        cells.read(x, 0);
        seen.count(0);
    }
}
control I(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    register<bit<8>>(4) cells;
    counter(3, CounterType.bytes) shared;
    Cell(cells, shared) a;
    Cell(register<bit<8>>(5), shared) b;
    Cell(register<bit<8>>(6), counter(2, CounterType.packets)) c;
    Cell(register<bit<8>>(7), counter(2, CounterType.packets)) d;
    apply {
        a.apply(m.x);
        b.apply(m.x);
        c.apply(m.x);
        d.apply(m.x);
    }
}
control E(inout headers hdr, inout metadata m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in headers hdr) { apply { } }
V1Switch(P(), Check(), I(), E(), Check(), D()) main;
