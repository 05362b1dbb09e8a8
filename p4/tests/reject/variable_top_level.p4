// error: variables cannot be declared at the top level, F
#include <core.p4>
bit<8> x = 1;
