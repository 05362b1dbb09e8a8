// error: an enum without a representation has only == and !=, 8.3
#include <core.p4>
enum E { a, b }
control c(in E x, out bool r) {
    apply { r = x < E.b; }
}
