// error: the representation is not cast to the enum implicitly, 8.3
#include <core.p4>
enum bit<8> E { a = 1, b = 2 }
control c(in bit<8> x, out E e) {
    apply { e = x; }
}
