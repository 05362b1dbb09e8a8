// error: two methods that no call could tell apart, 7.2.11.2
#include <core.p4>
extern E {
    E();
    void run(in bit<8> x);
    void run(in bit<16> x);
}
control c(inout bit<8> x) {
    E() e;
    apply { e.run(x); }
}
