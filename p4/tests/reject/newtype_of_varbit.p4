// error: `type` is not allowed on varbit, 7.2.9
#include <core.p4>
type varbit<8> T;
