// Controls and parsers applied by the name of their type (15.1).
#include <core.p4>
parser q(packet_in b, out bit<8> x) {
    state start {
        x = 1;
        transition accept;
    }
}
parser p(packet_in b, out bit<8> x) {
    state start {
        q.apply(b, x);
        transition accept;
    }
}
control d(inout bit<8> x) {
    apply { x = x + 1; }
}
control c(inout bit<8> x) {
    apply {
        d.apply(x);
        if (x == 2) { d.apply(x); }
        {
            d.apply(x = x);
        }
    }
}
// No arguments are required.
control e(inout bit<8> x)(bit<8> n = 3, bool up = true) {
    apply { x = up ? x + n : x - n; }
}
control f(inout bit<8> x) {
    apply { e.apply(x); }
}
