// error: a set is not a value, 7.2.10.1
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = x &&& 8w1; }
}
