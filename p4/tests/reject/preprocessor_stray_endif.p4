// error: an #endif without an #if, 6.2
#include <core.p4>
struct S { }
#endif
