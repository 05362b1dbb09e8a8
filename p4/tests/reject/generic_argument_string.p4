// error: a string is passed without a direction only, 7.1.5
#include <core.p4>
extern void f<T>(in T a);
control c() {
    apply { f("text"); }
}
