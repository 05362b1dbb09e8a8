// error: two type parameters of one name, 6.6.1
#include <core.p4>
extern void f<T, T>(in T a);
