// error: the loop of the caller is not the loop of the action, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    action a() { break; }
    apply {
        for (bit<8> i in 0 .. 3) { a(); }
    }
}
