// error: an error cannot be selected on, 13.6
#include <core.p4>
parser p(packet_in b, in error e) {
    state start {
        transition select(e) {
            error.NoError: accept;
            default: reject;
        }
    }
}
