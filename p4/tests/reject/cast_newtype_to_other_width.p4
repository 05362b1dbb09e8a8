// error: a cast from a new type is to its original type only, 8.12.1
#include <core.p4>
type bit<9> Port;
control c(in Port p, out bit<16> x) {
    apply { x = (bit<16>)p; }
}
