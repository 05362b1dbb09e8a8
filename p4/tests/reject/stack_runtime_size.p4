// error: the size of a stack is known at compile time, 7.2.4
#include <core.p4>
header H { bit<8> a; }
control c(in bit<8> n) {
    H[n] s;
    apply { }
}
