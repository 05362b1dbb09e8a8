// Values of list types as constructor arguments (8.15).
#include <core.p4>
struct pair_t {
    bit<16> a;
    bit<32> b;
}
extern E {
    E(list<pair_t> data);
    void run();
}
extern F {
    F(list<int> numbers, list<string> names, list<match_kind> kinds);
}
control c() {
    E((list<pair_t>) {{2, 3}, {4, 5}}) e;
    E((list<pair_t>) {}) none;
    F((list<int>){ 1, -2, 1 << 80 }, (list<string>){ "a", "b" }, (list<match_kind>){ exact, lpm }) f;
    apply {
        e.run();
        none.run();
    }
}
