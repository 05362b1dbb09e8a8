// error: parser declarations are not generic, 13.2
#include <core.p4>
parser p<H>(packet_in b, out H h) {
    state start { transition accept; }
}
