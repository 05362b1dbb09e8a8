// 11.3.1: a method of an extern uses its parameters, its initializer and the top level.
#include <core.p4>
extern Own {
    Own();
    abstract bit<8> step(in bit<8> x);
}
const bit<8> TOP = 1;
control c(inout bit<8> x) {
    bit<8> held = 2;
    Own() one = {
        bit<8> step(in bit<8> x) {
            const bit<8> LOCAL = 3;
            return x + TOP + LOCAL;
        }
    };
    Own() two = {
        bit<8> step(in bit<8> y) {
            return y + held + x;
        }
    };
    apply {
        held = one.step(x);
        x = two.step(held);
    }
}
