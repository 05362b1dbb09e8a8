// error: error has no casts, 8.12.1
#include <core.p4>
control c(in error e, out bit<8> z) {
    apply { z = (bit<8>)e; }
}
