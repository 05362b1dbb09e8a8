// error: two functions that no call could tell apart, 7.2.11.2
#include <core.p4>
bit<8> f(in bit<8> a) { return a; }
bit<8> f(in bit<16> a) { return 1; }
control c(inout bit<8> x) {
    apply { x = f(x); }
}
