// error: a declaration is visible only within its block, 12.3
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        {
            bit<8> t = x;
        }
        x = t;
    }
}
