// error: the variable has not the type of the elements, 12.8
#include <core.p4>
header H { bit<8> a; }
control c(in H[2] s, inout bit<8> x) {
    apply {
        for (bit<8> v in s) { x = v; }
    }
}
