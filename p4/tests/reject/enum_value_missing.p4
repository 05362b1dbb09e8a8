// error: every member of a serializable enum has a value, 7.2.1
#include <core.p4>
enum bit<8> E { a = 1, b }
