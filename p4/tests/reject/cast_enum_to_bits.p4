// error: an enum without a representation cannot be cast, 8.3
#include <core.p4>
enum E { a, b }
control c(in E e, out bit<8> z) {
    apply { z = (bit<8>)e; }
}
