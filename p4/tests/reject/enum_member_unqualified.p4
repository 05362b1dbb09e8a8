// error: members of an enum are not in the top-level namespace, 8.3
#include <core.p4>
enum X { v1, v2 }
control c(out bool x) {
    apply {
        X e = v1;
        x = e == X.v2;
    }
}
