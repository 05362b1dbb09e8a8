// error: an extern object cannot be matched, 14.2.1.1
#include <core.p4>
extern E {
    E();
}
control c() {
    E() e;
    table t {
        key = { e: exact; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
