// error: switch is not allowed in a parser, 12.7
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        switch (x) {
            1: { }
        }
        transition accept;
    }
}
