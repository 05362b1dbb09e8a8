// A program's copy of core.p4 before what includes that: its declarations are those of the program (6.3).
#include "../include/own_core.h"
#include <v1model.p4>
bool static_assert(in bool ours) { return ours; }
parser p(packet_in packet, out standard_metadata_t standard) {
    state start { transition accept; }
}
