// error: two types of one name, 6.6.1
#include <core.p4>
struct T { bit<8> a; }
header T { bit<8> a; }
