// error: a comment without an end, 6.4.2
#include <core.p4>
/* never closed
struct S { }
