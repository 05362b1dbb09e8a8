// error: an extern function has no body, 7.2.11.1
#include <core.p4>
extern bit<8> f() { return 1; }
