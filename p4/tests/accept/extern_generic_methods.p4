// Generic externs with generic methods; types inferred and written (7.2.11).
#include <core.p4>
extern Box<T> {
    Box(T initial);
    T get();
    void put(in T v);
    U convert<U>(in T v);
    void both<U, V>(in U u, out V v);
}
extern void log<T>(string format, in T data);
extern T id<T>(in T x);
control c(inout bit<8> x, inout bit<16> y) {
    Box<bit<8>>(5) box;
    apply {
        x = box.get();
        box.put(id(x));
        y = box.convert<bit<16>>(x);
        box.both(x, y);
        box.both<bit<8>, bit<16>>(x, y);
        log("x = {}", { x, y });
        log<bit<8>>("x = {}", x);
    }
}
