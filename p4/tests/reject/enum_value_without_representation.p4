// error: a value needs a representation, 7.2.1
#include <core.p4>
enum E { a = 1 }
