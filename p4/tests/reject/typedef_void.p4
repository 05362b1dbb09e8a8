// error: typedef is not allowed on void, 7.2.9
#include <core.p4>
typedef void T;
