// error: strings only concatenate, 8.6
#include <core.p4>
const bool A = "a" == "b";
