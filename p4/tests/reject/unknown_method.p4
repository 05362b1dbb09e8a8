// error: a method that the extern does not have, 8.24
#include <core.p4>
extern E {
    E();
    void run();
}
control c(inout bit<8> x) {
    E() e;
    apply { e.stop(); }
}
