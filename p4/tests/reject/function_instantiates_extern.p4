// error: no instances in a function, F
#include <core.p4>
extern E {
    E();
}
void f() {
    E() e;
}
