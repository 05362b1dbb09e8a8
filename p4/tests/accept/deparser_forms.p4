// Deparsers with logic, locals, functions and tables (16).
#include <core.p4>
header H { bit<8> a; }
header_union U { H h; }
struct S { H h; H[3] hs; U u; }
H wrap(in bit<8> x) { return { x }; }
control d(packet_out b, in S s) {
    H local;
    action fill() { local = { 7 }; }
    table t {
        key = { s.h.a: exact; }
        actions = { fill; NoAction; }
    }
    apply {
        t.apply();
        if (s.h.isValid()) { b.emit(s.h); } else { b.emit(local); }
        for (H h in s.hs) { b.emit(h); }
        b.emit(s.hs);
        b.emit(s.u);
        b.emit(wrap(3));
        b.emit((H){ 5 });
        b.emit<S>(s);
    }
}
