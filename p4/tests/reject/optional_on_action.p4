// error: optional parameters are not for actions, 6.8.2
#include <core.p4>
control c(inout bit<8> x) {
    action a(@optional bit<8> v) { x = 1; }
    apply { a(1); }
}
