// error: the representation of an enum is no enum, 7.2.1
#include <core.p4>
enum bit<8> E { a = 1 }
enum E F { a = 1 }
