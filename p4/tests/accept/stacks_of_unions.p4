// Stacks of header unions, extracted through next (7.2.4, 8.21).
#include <core.p4>
header A { bit<8> k; }
header B { bit<8> k; varbit<64> v; }
header_union O { A a; B b; }
typedef O[10] Options;
struct Top { bit<8> k; bit<8> n; }
parser p(packet_in b, out Options vec) {
    state start {
        transition select(b.lookahead<bit<8>>()) {
            8w0: end;
            8w1: var;
        }
    }
    state end {
        b.extract(vec.next.a);
        transition accept;
    }
    state var {
        bit<8> n = b.lookahead<Top>().n;
        b.extract(vec.next.b, (bit<32>)(8 * n - 16));
        transition start;
    }
}
control c(inout Options o, in bit<8> i) {
    apply {
        if (o[0].isValid() && o[1].b.isValid()) { o[i].a.setInvalid(); }
        o.pop_front(2);
        o.push_front(1);
    }
}
