// error: nothing is passed where a function returns nothing, 8.22
#include <core.p4>
extern void f<T>(in T a);
extern void g();
control c() {
    apply { f(g()); }
}
