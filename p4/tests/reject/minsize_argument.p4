// error: the methods of size take no arguments, 9
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = (bit<8>)x.minSizeInBits(5); }
}
