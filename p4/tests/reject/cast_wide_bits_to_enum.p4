// error: only the underlying type is cast to an enum, 8.12.1
#include <core.p4>
enum bit<8> E { a = 1 }
control c(in bit<16> x, out E e) {
    apply { e = (E)x; }
}
