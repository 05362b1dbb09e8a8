// error: typedef of a generic type needs its arguments, 7.5
#include <core.p4>
struct S<T> { T f; }
typedef S X;
