// error: `type` is not allowed on error, 7.2.9
#include <core.p4>
type error T;
