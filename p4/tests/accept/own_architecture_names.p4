// One control in many parts of an architecture: its instances have names of their own (18.3.2).
#include <core.p4>
match_kind { nearest }
extern store<T> {
    store(bit<32> size);
    T get(in bit<32> at);
}
parser Prs<H>(packet_in b, out H h);
control Ctl<H>(inout H h);
package Pipe<H>(Prs<H> p, Ctl<H> c);
package Four<A, B>(Pipe<A> one, Pipe<A> two, Pipe<B> three, @optional Pipe<B> four);

header h_t { bit<8> a; varbit<16> v; }
value_set<bit<8>>(4) known;

parser P(packet_in b, out h_t h) {
    value_set<bit<8>>(8) own;
    state start {
        b.extract(h, 8);
        transition select(h.a) {
            known: accept;
            own: accept;
            default: reject;
        }
    }
}
control Inner(inout h_t h)(store<bit<8>> s) {
    table t {
        key = { h.a: nearest; h.v: exact; }
        actions = { NoAction; }
        const entries = { (1 .. 4, _): NoAction(); }
        psa_store = s;
    }
    apply {
        t.apply();
        h.a = s.get(3);
    }
}
control C(inout h_t h) {
    store<bit<8>>(16) s;
    Inner(s) one;
    Inner(store<bit<8>>(4)) two;
    apply {
        one.apply(h);
        two.apply(h);
    }
}
Pipe(P(), C()) first;
Pipe(P(), C()) second;
Four(first, second, Pipe(P(), C()), Pipe(P(), C())) main;
