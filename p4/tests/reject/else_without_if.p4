// error: else needs its if, 12.6
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        else { x = 1; }
    }
}
