// error: values of a type made by `type` have no arithmetic, 8.25
#include <core.p4>
type bit<8> T;
control c(inout T x) {
    apply { x = x + x; }
}
