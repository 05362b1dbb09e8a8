// error: emit is illegal on base types, 16.1
#include <core.p4>
control c(packet_out b, in bit<8> x) {
    apply { b.emit(x); }
}
