// error: emit is illegal on errors, 16.1
#include <core.p4>
control c(packet_out b, in error x) {
    apply { b.emit(x); }
}
