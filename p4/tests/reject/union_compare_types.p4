// error: two unions are compared only if they have the same type, 8.21
#include <core.p4>
header A { bit<8> x; }
header_union U { A a; }
header_union V { A a; }
control c(in U u, in V v, out bool r) {
    apply { r = u == v; }
}
