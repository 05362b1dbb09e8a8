// error: @name takes a string, 20.3.3
#include <core.p4>
control c(inout bit<8> x) {
    @name(5) action a() { x = 1; }
    apply { a(); }
}
