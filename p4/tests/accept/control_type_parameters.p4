// Control and parser types with and without type parameters (7.2.13).
#include <core.p4>
parser P0(packet_in b);
parser P1<H>(packet_in b, out H h);
control C0();
control C1<A, B>(in A a, inout B b);
package K<A>(P1<A> p, C1<A, bit<8>> c, @optional C0 d);
parser p(packet_in b, out bit<16> h) {
    state start {
        h = 1;
        transition accept;
    }
}
control c(in bit<16> a, inout bit<8> b) {
    apply { b = a[7:0]; }
}
K(p(), c()) main;
