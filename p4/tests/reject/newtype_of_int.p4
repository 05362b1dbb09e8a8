// error: `type` is not allowed on int, 7.2.9
#include <core.p4>
type int T;
