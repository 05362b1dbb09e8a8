// error: an enum without the member that is used, 8.3
#include <core.p4>
enum E { a, b }
control c(out bool x) {
    apply { x = E.a == E.c; }
}
