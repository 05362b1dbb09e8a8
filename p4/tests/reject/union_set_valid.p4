// error: setValid is not defined for header unions, 8.21
#include <core.p4>
header A { bit<8> x; }
header_union U { A a; }
control c(inout U u) {
    apply { u.setValid(); }
}
