// Empty statements, nested blocks, ignored results, calls with _ (12).
#include <core.p4>
extern bit<8> get();
bit<8> both(in bit<8> x, out bit<8> y) {
    y = x;
    return x;
}
control c(inout bit<8> v) {
    apply {
        ;
        { }
        { { ; } ; }
        get();
        both(v, _);
        both(y = _, x = v);
        (v) = 1;
        (v)[3:0] = 2;
        if (v == 1) ; else ;
        return;
    }
}
