// error: no argument tells the type, 8.22
#include <core.p4>
extern T make<T>();
control c() {
    apply { make(); }
}
