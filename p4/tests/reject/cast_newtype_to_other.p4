// error: two new types of one original have no cast between them, 8.12.1
#include <core.p4>
type bit<8> A;
type bit<8> B;
control c(in A a, out B b) {
    apply { b = (B)a; }
}
