// A filter architecture; the parameter accept is an ordinary name (17.3).
#include <core.p4>
parser Parser<H>(packet_in packet, out H headers);
control Filter<H>(inout H headers, out bool accept);
package Program<H>(Parser<H> p, Filter<H> f);

header H { bit<8> a; }
struct Headers { H h; }
parser prs(packet_in packet, out Headers headers) {
    state start {
        packet.extract(headers.h);
        transition select(headers.h.a) {
            0 .. 9: accept;
        }
    }
}
control pipe(inout Headers headers, out bool accept) {
    apply {
        accept = headers.h.isValid();
    }
}
Program<Headers>(prs(), pipe()) main;
