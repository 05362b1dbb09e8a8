// Parser declarations are not generic by section 13.2, and are by 15.1: accepted, and said.
#include <core.p4>
parser p<H>(packet_in b, out H h) {
    state start { transition accept; }
}
