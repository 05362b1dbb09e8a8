// error: a constructor argument is missing, 8.23
#include <core.p4>
extern E {
    E(bit<8> n);
}
control c() {
    E() e;
    apply { }
}
