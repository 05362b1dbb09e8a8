// error: push_front changes the stack, an in parameter is read-only, 6.8
#include <core.p4>
header H { bit<8> a; }
control c(in H[2] s) {
    apply { s.push_front(1); }
}
