// error: select is a transition of parsers, 8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        x = select(x) { 1: 2; };
    }
}
