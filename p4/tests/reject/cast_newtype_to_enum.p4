// error: there is no cast between a new type and an enum, 8.12.1
#include <core.p4>
type bit<8> N;
enum bit<8> E { a = 1 }
control c(in N n, out E e) {
    apply { e = (E)n; }
}
