// What stands after the end of a body is said once (12.4, 12.5).
#include <core.p4>
bit<8> f(in bit<8> x) {
    if (x == 1) {
        return 2;
    } else {
        return 3;
    }
    return 4;
}
control c(inout bit<8> x) {
    apply {
        { exit; }
        ;
        x = f(x);
        x = 2;
    }
}
