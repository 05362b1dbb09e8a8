// error: an action has no parameters of extern types, 14.1
#include <core.p4>
action a(packet_out p) { }
