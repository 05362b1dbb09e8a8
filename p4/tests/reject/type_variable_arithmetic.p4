// error: values of a type variable can only be assigned, 8.26
#include <core.p4>
T twice<T>(in T a) { return a + a; }
