// error: a static assertion that fails, 19
#include <core.p4>
const bool _check = static_assert(1 + 1 == 3, "arithmetic");
