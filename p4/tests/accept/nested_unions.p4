// Structures of stacks of unions of generic headers, copied and compared (7.2).
#include <core.p4>
header A<T> { T x; }
header B { varbit<32> v; }
header_union U<T> {
    A<T> a;
    B b;
}
struct G { U<bit<8>>[2] us; A<bit<16>>[3] stack; }
control c(inout G g, inout G h, out bool r) {
    apply {
        r = g == h;
        r = r || g.us == h.us && g.stack != h.stack;
        g = h;
        g.us[0] = h.us[1];
        g.us[0].a = { 5 };
        g.stack = { { 1 }, { x = 2 }, {#} };
        r = r && g.us[1].isValid() && g.us[1] != (U<bit<8>>){#};
    }
}
