// error: direct invocation is not for controls with constructor parameters, 15.1
#include <core.p4>
control d(inout bit<8> x)(bit<8> n) {
    apply { x = n; }
}
control c(inout bit<8> x) {
    apply { d.apply(x); }
}
