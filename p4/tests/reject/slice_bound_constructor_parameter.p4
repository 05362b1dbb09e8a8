// error: a slice bound is known locally, which a constructor parameter is not, 8.7
#include <core.p4>
control c(inout bit<8> x)(bit<8> n) {
    apply { x = (bit<8>)x[n:0]; }
}
