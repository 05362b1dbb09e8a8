// error: next is for header stacks, 8.19
#include <core.p4>
parser p(packet_in b, inout tuple<bit<8>, bit<8>> t) {
    state start {
        t.next = 1;
        transition accept;
    }
}
