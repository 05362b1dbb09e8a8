// error: static_assert takes a bool, 19
#include <core.p4>
const bool _check = static_assert(1);
