// error: a serializable enum is not another one, 8.3
#include <core.p4>
enum bit<8> E { a = 1 }
enum bit<8> F { a = 1 }
control c(out E e) {
    apply { e = F.a; }
}
