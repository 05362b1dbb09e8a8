// error: the match kind is a match_kind, 14.2.1.1
#include <core.p4>
const bit<8> K = 1;
control c(inout bit<8> x) {
    table t {
        key = { x: K; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
