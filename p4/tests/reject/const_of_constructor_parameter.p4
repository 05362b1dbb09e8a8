// error: a constant must be known where it is declared, 11.1
#include <core.p4>
control c(inout bit<8> x)(bit<8> step) {
    const bit<8> twice = step * 2;
    apply {
        x = x + twice;
    }
}
