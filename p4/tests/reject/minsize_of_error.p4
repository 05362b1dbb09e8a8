// error: the size of an error is not defined, 9
#include <core.p4>
control c(in error e, out bit<8> x) {
    apply { x = (bit<8>)e.minSizeInBits(); }
}
