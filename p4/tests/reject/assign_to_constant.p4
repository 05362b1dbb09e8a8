// error: a constant is no l-value, 6.7
#include <core.p4>
const bit<8> A = 1;
control c(inout bit<8> x) {
    apply { A = x; }
}
