// error: an enum in a header needs a representation, 7.2.9
#include <core.p4>
enum E { a, b }
header H { E e; }
