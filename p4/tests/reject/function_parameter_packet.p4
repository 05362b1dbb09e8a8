// error: a function has no parameters of extern types, F
#include <core.p4>
void skip(packet_in packet, in bit<32> bits) {
    packet.advance(bits);
}
