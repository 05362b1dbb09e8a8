// error: a variable cannot be called, 8.22
#include <core.p4>
control c(inout bit<8> x) {
    apply { x(); }
}
