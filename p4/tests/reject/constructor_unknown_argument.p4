// error: no constructor parameter of that name, 8.23
#include <core.p4>
extern E {
    E(bit<8> n);
}
control c() {
    E(m = 1) e;
    apply { }
}
