// error: the sum of two enum values is no enum value, 8.3
#include <core.p4>
enum bit<8> E { a = 1, b = 2 }
control c(out E e) {
    apply { e = E.a + E.b; }
}
