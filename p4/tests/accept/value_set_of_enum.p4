// A value set of a serializable enum and of a typedef (13.6, 13.11).
#include <core.p4>
enum bit<16> Ether { v4 = 0x800, v6 = 0x86dd }
typedef bit<8> u8;
parser p(packet_in b, in Ether e, in u8 x) {
    value_set<Ether>(2) ethers;
    @name("named") value_set<u8>(2) bytes;
    state start {
        transition select(e, x) {
            (Ether.v4, 1 .. 5): accept;
            (_, _): next;
        }
    }
    state next {
        transition select(e) {
            ethers: accept;
            Ether.v6: more;
            default: reject;
        }
    }
    state more {
        transition select(x) {
            bytes: accept;
            _: reject;
        }
    }
}
