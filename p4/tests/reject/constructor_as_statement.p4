// error: a constructor call is no statement, 8.23
#include <core.p4>
extern E {
    E();
}
control c() {
    apply { E(); }
}
