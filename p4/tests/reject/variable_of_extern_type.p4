// error: extern objects are instantiated, not declared as variables, 11.2
#include <core.p4>
extern E {
    E();
}
control c() {
    E e;
    apply { }
}
