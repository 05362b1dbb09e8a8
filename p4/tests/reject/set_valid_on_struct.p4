// error: setValid is a method of headers, 8.18
#include <core.p4>
struct S { bit<8> a; }
control c(inout S s) {
    apply { s.setValid(); }
}
