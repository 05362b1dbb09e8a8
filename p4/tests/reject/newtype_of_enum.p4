// error: `type` is not allowed on an enum, 7.2.9
#include <core.p4>
enum E { a }
type E T;
