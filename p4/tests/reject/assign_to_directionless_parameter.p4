// error: a directionless parameter of a control is a compile-time value, 6.8
#include <core.p4>
control c(bit<8> x) {
    apply { x = 1; }
}
