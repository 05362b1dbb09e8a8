// error: bool is not cast to bits implicitly, 8.5
#include <core.p4>
control c(out bit<1> z) {
    apply { z = true; }
}
