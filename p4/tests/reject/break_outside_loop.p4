// error: break is for loop bodies, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply { break; }
}
