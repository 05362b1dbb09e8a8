// error: the representation is bit<W> or int<W>, 7.2.1
#include <core.p4>
struct S { bit<8> a; }
enum S E { a = 1 }
