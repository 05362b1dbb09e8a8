// error: an extern object is passed without a direction only, 6.8
#include <core.p4>
extern void f<T>(in T a);
extern E { E(); }
control c() {
    E() e;
    apply { f(e); }
}
