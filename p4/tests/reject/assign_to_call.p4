// error: a call gives no l-value, 6.7
#include <core.p4>
bit<8> f() { return 1; }
control c(inout bit<8> x) {
    apply { f() = x; }
}
