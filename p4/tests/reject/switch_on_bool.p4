// error: a switch is on integers, enums, errors, not on bool, 12.7.2
#include <core.p4>
control c(in bool b, inout bit<8> x) {
    apply {
        switch (b) {
            true: { x = 1; }
            default: { x = 2; }
        }
    }
}
