// error: a tuple cannot be cast to a bit-string, 8.12.1
#include <core.p4>
control c(out bit<8> x) {
    apply { x = (bit<8>){ 4w1, 4w2 }; }
}
