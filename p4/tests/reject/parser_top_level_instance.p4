// error: no instances of parsers at the top level, 11.3.2
#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
}
p() inst;
