// error: the result of ++ has the sum of the widths, 8.7
#include <core.p4>
control c(inout bit<15> x, in bit<8> y) {
    apply { x = y ++ y; }
}
