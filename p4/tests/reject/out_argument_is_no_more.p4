// error: no operator gives an l-value, also where it does nothing, 6.7
#include <core.p4>
extern void draw(out bit<8> x);
control c(inout bit<8> x, inout bit<8> y) {
    apply {
        draw((bit<8>) x);
        draw(+y);
        draw(true ? x : y);
        draw(((bit<8>) y)[7:0]);
    }
}
