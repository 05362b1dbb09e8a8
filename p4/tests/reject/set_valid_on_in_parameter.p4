// error: setValid needs an l-value, 8.18
#include <core.p4>
header H { bit<8> a; }
control c(in H h) {
    apply { h.setValid(); }
}
