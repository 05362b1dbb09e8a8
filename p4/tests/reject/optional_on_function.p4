// error: optional parameters are not for functions, 6.8.2
#include <core.p4>
bit<8> f(@optional in bit<8> a) { return 1; }
