// Annotations may have the names of contextual keywords and types (G).
#include <core.p4>
struct T { bit<8> a; }
@type(1) @key @actions(x) @T("a type") @entries
struct S { T t; }
