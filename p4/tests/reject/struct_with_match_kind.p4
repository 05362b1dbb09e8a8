// error: a structure cannot contain a match_kind, 7.2.9
#include <core.p4>
struct S { match_kind m; }
