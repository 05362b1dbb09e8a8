// error: an enum without a representation cannot be cast to, 8.3
#include <core.p4>
enum E { a, b }
control c(in bit<8> e, out E z) {
    apply { z = (E)e; }
}
