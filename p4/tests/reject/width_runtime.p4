// error: a width is known at compile time, 7.1.6.2
#include <core.p4>
control c(in bit<8> n) {
    bit<(n)> x;
    apply { }
}
