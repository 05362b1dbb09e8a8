// error: a call with too many type arguments, 8.22
#include <core.p4>
extern void f<T>(in T x);
control c(inout bit<8> x) {
    apply { f<bit<8>, bool>(x); }
}
