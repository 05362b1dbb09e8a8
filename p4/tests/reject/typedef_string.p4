// error: typedef is not allowed on string, 7.2.9
#include <core.p4>
typedef string T;
