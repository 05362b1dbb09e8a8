// error: setValid needs an l-value; a call gives none, 8.18
#include <core.p4>
header H { bit<8> a; }
H f(in H h) { return h; }
control c(inout H h) {
    apply { f(h).setValid(); }
}
