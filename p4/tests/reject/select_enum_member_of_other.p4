// error: a label of another enum, 13.6
#include <core.p4>
enum E { a }
enum F { a }
parser p(packet_in b, in E e) {
    state start {
        transition select(e) {
            F.a: accept;
            default: reject;
        }
    }
}
