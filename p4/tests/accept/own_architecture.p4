// An architecture of one's own: packages within packages, no v1model (17).
#include <core.p4>
parser Prs<IH>(packet_in b, out IH headers);
control IPipe<T, IH, OH>(in IH inputs, out OH outputs, out T to_egress);
control EPipe<T, IH, OH>(in IH inputs, in T from_ingress, out OH outputs);
control Dep<OH>(in OH outputs, packet_out b);
package Ingress<T, IH, OH>(Prs<IH> p, IPipe<T, IH, OH> map, Dep<OH> d);
package Egress<T, IH, OH>(Prs<IH> p, EPipe<T, IH, OH> map, Dep<OH> d);
package Switch<T>(Ingress<T, _, _> ingress, Egress<T, _, _> egress);

header H { bit<8> a; }
struct In { H h; }
struct Out { H h; H g; }
parser P(packet_in b, out In i) {
    state start {
        b.extract(i.h);
        transition accept;
    }
}
control I(in In i, out Out o, out bit<16> t) {
    apply {
        o.h = i.h;
        t = 5;
    }
}
control E(in In i, in bit<16> t, out Out o) {
    apply {
        o.g = { (bit<8>)t };
    }
}
control D(in Out o, packet_out b) {
    apply {
        b.emit(o);
    }
}
Ingress(P(), I(), D()) ig;
Egress(P(), E(), D()) eg;
Switch(ig, eg) main;
