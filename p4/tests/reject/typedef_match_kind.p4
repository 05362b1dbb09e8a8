// error: typedef is not allowed on match_kind, 7.2.9
#include <core.p4>
typedef match_kind T;
