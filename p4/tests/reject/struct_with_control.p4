// error: a structure cannot contain a control, 7.2.9
#include <core.p4>
control C();
struct S { C c; }
