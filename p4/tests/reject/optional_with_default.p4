// error: an optional parameter cannot have a default value, 6.8.2
#include <core.p4>
extern void f(@optional in bit<8> a = 1);
