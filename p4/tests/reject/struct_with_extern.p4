// error: a structure cannot contain an extern object, 7.2.9
#include <core.p4>
struct S { packet_in p; }
