// error: an #error directive that is reached
#include <core.p4>
#ifndef NEVER_DEFINED
#error "this must be defined"
#endif
