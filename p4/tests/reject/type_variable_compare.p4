// error: values of a type variable can only be assigned, 8.26
#include <core.p4>
bool same<T>(in T a, in T b) { return a == b; }
