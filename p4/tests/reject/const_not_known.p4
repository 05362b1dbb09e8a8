// error: the initializer of a constant is known at compile time, 11.1
#include <core.p4>
control c(in bit<8> x) {
    const bit<8> A = x;
    apply { }
}
