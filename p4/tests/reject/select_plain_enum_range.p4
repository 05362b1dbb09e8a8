// error: .. needs numeric operands, 8.16.4
#include <core.p4>
enum E { a, b }
parser p(packet_in b, in E x) {
    state start {
        transition select(x) {
            E.a .. E.b: accept;
            default: reject;
        }
    }
}
