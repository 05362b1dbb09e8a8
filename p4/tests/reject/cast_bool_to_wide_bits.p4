// error: bool converts to bit<1> only, 8.12.1
#include <core.p4>
control c(in bool b, out bit<8> x) {
    apply { x = (bit<8>)b; }
}
