// error: a written type argument that the argument contradicts, 8.22
#include <core.p4>
extern void f<T>(in T x);
control c(in bool x) {
    apply { f<bit<8>>(x); }
}
