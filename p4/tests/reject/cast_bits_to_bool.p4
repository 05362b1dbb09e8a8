// error: only bit<1> converts to bool, 8.12.1
#include <core.p4>
control c(in bit<8> y, out bool z) {
    apply { z = (bool)y; }
}
