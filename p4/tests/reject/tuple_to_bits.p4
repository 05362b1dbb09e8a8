// error: a tuple expression is no bit-string, 8.13
#include <core.p4>
control c(out bit<8> x) {
    apply { x = { 1 }; }
}
