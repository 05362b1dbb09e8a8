// error: the variable of a for statement is limited to the statement, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        for (bit<8> i = 0; i < 4; i += 1) { x = i; }
        x = i;
    }
}
