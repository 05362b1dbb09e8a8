// error: the size of a stack is known locally, which a constructor parameter is not, 18.1
#include <core.p4>
header H { bit<8> a; }
control c()(bit<8> n) {
    H[n] s;
    apply { }
}
