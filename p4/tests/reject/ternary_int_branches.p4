// error: both branches int need a condition known at compile time, 8.5.1
#include <core.p4>
control c(inout bit<8> x, in bool b) {
    apply { x = b ? 1 : 2; }
}
