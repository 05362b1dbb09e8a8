// error: a width is not negative, 7.1.6.2
#include <core.p4>
const int N = -8;
control c(in bit<(N)> x) {
    apply { }
}
