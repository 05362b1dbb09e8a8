// Entries with casts, constants, enums and expressions as keys (14.2.1.4).
#include <core.p4>
enum bit<8> E { a = 1, b = 2 }
enum P { x, y }
const bit<8> K = 7;
type bit<8> N;
header H { E e; N n; bit<8> v; }
control c(inout H h, in P p, in error r, in bool f) {
    action a(bit<8> x) { h.v = x; }
    table t {
        key = {
            h.e: exact;
            h.n: ternary;
            h.v: ternary;
            p: exact;
            r: exact;
            f: exact;
            h.isValid(): exact;
        }
        actions = { a; NoAction; }
        default_action = NoAction;
        const entries = {
            (E.a, (N)5, K, P.x, error.NoError, true, true): a(1);
            (E.b, _, K + 1 &&& 0xf, P.y, error.NoMatch, false, true): a(K);
            ((E)(bit<8>)9, default, (bit<8>)16w0x1ff, P.x, error.NoError, 1 == 1, false): a(x = K * 2);
        }
    }
    apply { t.apply(); }
}
