// A semicolon after a declaration is an empty declaration (6.6).
#include <core.p4>
struct S { bit<8> a; };
header H { bit<8> a; };
enum E { a };
control c() { apply { } };
action a() { };
