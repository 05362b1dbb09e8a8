// Stacks from expressions, with and without a cast (8.20.1).
#include <core.p4>
header H<T> {
    bit<32> b;
    T t;
}
control c(inout H<bit<32>>[3] a, out bool r) {
    apply {
        H<bit<32>>[3] s = (H<bit<32>>[3]){ {0, 1}, {2, 3}, (H<bit<32>>){#} };
        H<bit<32>>[3] s1 = { {0, 1}, {2, 3}, (H<bit<32>>){#} };
        H<bit<32>>[3] s2 = { {0, 1}, {2, 3}, ... };
        r = s == s1 && s1 != s2;
        a = s;
    }
}
