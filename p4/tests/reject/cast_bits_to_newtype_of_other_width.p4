// error: a cast to a new type is from its original type only, 8.12.1
#include <core.p4>
type bit<9> Port;
control c(in bit<16> x, out Port p) {
    apply { p = (Port)x; }
}
