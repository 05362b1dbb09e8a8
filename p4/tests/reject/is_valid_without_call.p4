// error: a method is called, 8.17
#include <core.p4>
header h_t { bit<8> x; }
control c(inout h_t h) {
    apply { if (h.isValid) { h.x = 1; } }
}
