// error: a literal needs a cast to the new type, 7.6
#include <core.p4>
type bit<8> T;
control c(inout T x) {
    apply { x = 1; }
}
