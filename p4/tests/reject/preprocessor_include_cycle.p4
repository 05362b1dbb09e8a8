// error: a file that includes itself without end, 6.2
#include <core.p4>
#include "preprocessor_include_cycle.p4"
