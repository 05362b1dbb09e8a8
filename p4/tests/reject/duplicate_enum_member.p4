// error: the same member twice in an enum, 7.2.1
#include <core.p4>
enum E { a, b, a }
