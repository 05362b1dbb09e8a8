// error: {#} is a header or a union only, 8.18
#include <core.p4>
struct S { bit<8> a; }
control c(out S s) {
    apply { s = (S){#}; }
}
