// error: unary - is not defined on an enum without a representation, 8.3
#include <core.p4>
enum E { a }
control c(out E x) {
    apply { x = -E.a; }
}
