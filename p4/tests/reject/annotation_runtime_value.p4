// error: the values of a structured annotation are known at compile time, 20.2
#include <core.p4>
control c(inout bit<8> x) {
    @A[x]
    action a() { }
    apply { a(); }
}
