// error: a structure to emit has no field of type error, 16.1
#include <core.p4>
header H { bit<8> a; }
struct S { H h; error e; }
control c(packet_out b, in S s) {
    apply { b.emit(s); }
}
