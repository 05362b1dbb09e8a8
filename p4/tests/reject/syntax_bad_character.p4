// error: a character outside the language, 6.4
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = x $ 1; }
}
