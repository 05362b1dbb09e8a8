// error: the declaration of a type ends in a semicolon, G
#include <core.p4>
control C()
struct S { }
