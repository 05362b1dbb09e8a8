// What is hidden from the control plane needs no name of its own (18.3.2).
#include <core.p4>
#include <v1model.p4>
header H { bit<8> a; }
struct Hs { H h; }
struct Mt { bit<8> x; }
control inner(inout bit<8> x) {
    @hidden counter(16, CounterType.packets) passes;
    @hidden action set() { x = 1; }
    @hidden table t {
        key = { x: exact; }
        actions = { set; }
        default_action = set();
    }
    apply {
        t.apply();
        passes.count(1);
    }
}
parser pa(packet_in b, out Hs h, inout Mt m, inout standard_metadata_t s) {
    state start {
        b.extract(h.h);
        transition accept;
    }
}
control vc(inout Hs h, inout Mt m) { apply { } }
control ig(inout Hs h, inout Mt m, inout standard_metadata_t s) {
    apply {
        inner.apply(m.x);
        inner.apply(h.h.a);
    }
}
control eg(inout Hs h, inout Mt m, inout standard_metadata_t s) { apply { } }
control de(packet_out b, in Hs h) { apply { b.emit(h); } }
V1Switch(pa(), vc(), ig(), eg(), vc(), de()) main;
