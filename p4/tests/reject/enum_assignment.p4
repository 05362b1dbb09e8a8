// error: a member of an enum is no l-value, 6.7
#include <core.p4>
enum bit<8> E { a = 1 }
control c() {
    apply { E.a = 2; }
}
