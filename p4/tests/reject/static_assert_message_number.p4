// error: the message of static_assert is a string, 19
#include <core.p4>
const bool _check = static_assert(true, 5);
