// error: what may end a parser is for parsers, 13.8, 13.8.4
#include <core.p4>
control c(packet_in b, out bit<8> x) {
    apply {
        b.advance(8);
        x = 1;
    }
}
