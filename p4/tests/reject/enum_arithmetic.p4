// error: an enum without a representation has no arithmetic, 8.3
#include <core.p4>
enum E { a, b }
control c(out bit<8> x) {
    apply { x = E.a + 1; }
}
