// error: a width is known locally, which a constructor parameter is not, 18.1
#include <core.p4>
control c()(bit<8> n) {
    bit<(n)> x;
    apply { }
}
