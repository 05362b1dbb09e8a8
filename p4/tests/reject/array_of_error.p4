// error: `error` is no element of an array, 7.2.9
#include <core.p4>
struct S { error[2] e; }
