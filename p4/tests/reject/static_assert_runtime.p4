// error: the argument of static_assert is known at compile time, 19
#include <core.p4>
control c(in bit<8> x) {
    apply {
        bool b = static_assert(x == 1);
    }
}
