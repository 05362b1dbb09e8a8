// error: division is not among the operations of int<W>, 8.8
#include <core.p4>
control c(inout int<8> x, in int<8> y) {
    apply { x = x / y; }
}
