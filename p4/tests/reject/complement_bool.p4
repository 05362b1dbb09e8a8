// error: ~ is not defined on bool, 8.5
#include <core.p4>
control c(inout bool x) {
    apply { x = ~x; }
}
