// error: the value of a member is known at compile time, 7.2.1
#include <core.p4>
extern bit<8> f();
enum bit<8> E { a = f() }
