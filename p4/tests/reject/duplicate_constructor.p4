// error: two constructors that no call could tell apart, 7.2.11.2
#include <core.p4>
extern E {
    E(bit<8> a);
    E(bit<16> a);
}
control c() {
    E(1) e;
    apply { }
}
