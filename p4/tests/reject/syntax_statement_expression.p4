// error: an expression alone is not a statement, 12
#include <core.p4>
control c(inout bit<8> x) {
    apply { x + 1; }
}
