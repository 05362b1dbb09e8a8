// error: `in` cannot be the name of a variable, B
#include <core.p4>
control c() {
    apply {
        bit<8> in = 1;
    }
}
