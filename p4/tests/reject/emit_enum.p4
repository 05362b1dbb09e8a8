// error: emit is illegal on enums, 16.1
#include <core.p4>
enum E { a, b }
control c(packet_out b, in E x) {
    apply { b.emit(x); }
}
