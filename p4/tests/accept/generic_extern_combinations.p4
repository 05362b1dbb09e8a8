// Externs of generic structures, of tuples and of other instances' types (7.2.12).
#include <core.p4>
struct P<A, B> { A a; B b; }
extern Store<K, V> {
    Store(bit<32> size, V initial);
    V get(in K k);
    void put(in K k, in V v);
    P<K, V> any();
}
control c(inout bit<8> x) {
    Store<bit<8>, P<bit<8>, bool>>(16, { 1, true }) s;
    Store<tuple<bit<8>, bit<8>>, bit<8>>(size = 4, initial = 0) t;
    apply {
        P<bit<8>, bool> p = s.get(x);
        s.put(x, { a = 1, b = p.b });
        s.put(v = p, k = 3);
        x = t.get({ x, 1 });
        x = s.any().b.a + t.any().a[1];
    }
}
