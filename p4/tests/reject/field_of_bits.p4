// error: a bit-string has no fields, 8.7
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = x.low; }
}
