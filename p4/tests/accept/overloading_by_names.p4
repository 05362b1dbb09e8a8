// Functions with the same number of parameters are told apart by names (7.2.11.2).
#include <core.p4>
bit<8> g(in bit<8> left) { return left; }
bit<8> g(in bit<16> right) { return right[7:0]; }
control c(inout bit<8> v) {
    apply {
        v = g(left = v);
        v = g(right = 0xabcd);
    }
}
