// error: a control has an apply block, 14
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
}
