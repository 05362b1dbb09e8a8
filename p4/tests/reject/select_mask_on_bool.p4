// error: &&& needs numeric operands, 8.16.3
#include <core.p4>
parser p(packet_in b, in bool x) {
    state start {
        transition select(x) {
            true &&& true: accept;
            default: reject;
        }
    }
}
