// error: the original type and the new type do not mix, 7.6
#include <core.p4>
type bit<8> T;
control c(inout T x, in bit<8> y) {
    apply { x = y; }
}
