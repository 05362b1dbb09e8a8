// error: the representation has a width, 7.2.1
#include <core.p4>
enum int E { a = 1 }
