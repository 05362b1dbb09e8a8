// error: a switch has one default label, 12.7.3
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            1: { x = 2; }
            default: { x = 3; }
            default: { x = 4; }
        }
    }
}
