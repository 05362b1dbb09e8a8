// error: extract can only be executed in a parser, 13.8
#include <core.p4>
header H { bit<8> a; }
control c(packet_in b, inout H h) {
    apply { b.extract(h); }
}
