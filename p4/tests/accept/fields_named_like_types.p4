// Fields may have the names of types (6.4.1).
#include <core.p4>
header mac_t { bit<48> addr; }
struct mac { bit<8> x; }
struct S {
    mac_t mac_t;
    mac mac;
}
control c(inout S s) {
    apply {
        s.mac_t.addr = 1;
        s.mac.x = 2;
    }
}
