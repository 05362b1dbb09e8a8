// error: the condition of a for statement is Boolean, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        for (bit<8> i = 0; i; i += 1) { x = i; }
    }
}
