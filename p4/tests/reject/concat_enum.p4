// error: an enum without a representation is not concatenated, 8.10.1
#include <core.p4>
enum E { a }
control c(out bit<16> x) {
    apply { x = E.a ++ 8w1; }
}
