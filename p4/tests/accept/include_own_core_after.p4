// A program's copy of core.p4 where that was included already (6.3).
#include <core.p4>
#include "../include/own_core.h"
control c(inout bit<8> x) {
    apply { static_assert(x.minSizeInBits() == 8); }
}
