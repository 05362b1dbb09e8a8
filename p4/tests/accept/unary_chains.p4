// Unary operators one after the other (8).
#include <core.p4>
control c(inout bit<8> x, inout int<8> s, inout bool b) {
    apply {
        x = ~~x;
        x = - -x;
        x = -~+x;
        s = -(-s);
        b = !!b;
        b = !(x == - 8w1);
        const int K = - - 5;
        const int L = -(+3);
        x = K + x - L;
    }
}
