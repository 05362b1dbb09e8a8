// error: an enum has at least one member, 7.2.1
#include <core.p4>
enum E { }
