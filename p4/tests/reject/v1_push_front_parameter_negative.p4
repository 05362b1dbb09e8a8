// error: the count of push_front is positive, from a constructor parameter too, 8.20
#include <core.p4>
#include <v1model.p4>
header H { bit<8> a; }
struct Hs { H[3] h; }
struct Mt { }
parser pa(packet_in b, out Hs h, inout Mt m, inout standard_metadata_t s) {
    state start { transition accept; }
}
control shift(inout Hs h)(int by) {
    apply { h.h.push_front(by); }
}
control vc(inout Hs h, inout Mt m) { apply { } }
control ig(inout Hs h, inout Mt m, inout standard_metadata_t s) {
    shift(-2) back;
    apply { back.apply(h); }
}
control eg(inout Hs h, inout Mt m, inout standard_metadata_t s) { apply { } }
control de(packet_out b, in Hs h) { apply { b.emit(h); } }
V1Switch(pa(), vc(), ig(), eg(), vc(), de()) main;
