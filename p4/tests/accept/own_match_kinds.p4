// An architecture declares match kinds; they compare (7.1.3, 8.4).
#include <core.p4>
match_kind { fuzzy }
match_kind { prefix_or_exact, nearly, }
const bool same = exact == fuzzy;
const match_kind K = ternary;
const bool differ = K != lpm;
control c(inout bit<8> x) {
    table t {
        key = { x: fuzzy; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
