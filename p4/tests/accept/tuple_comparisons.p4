// Tuples of tuples, of structures and of headers, compared (8.13).
#include <core.p4>
struct S { bit<8> a; }
header H { bit<8> x; }
control c(in tuple<bit<8>, tuple<bool, S>> a, in tuple<bit<8>, tuple<bool, S>> b, in tuple<H, error> d, out bool r) {
    apply {
        r = a == b;
        r = r || a[1] != b[1];
        r = r || a[1][1] == b[1][1];
        r = r && a[0] == 5;
        r = r && d == d;
        tuple<> e = {};
        r = r && e == {};
    }
}
