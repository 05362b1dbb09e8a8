// error: an implementation has the parameters of the declaration, 11.3.1
#include <core.p4>
extern B {
    B();
    abstract bit<8> pick(in bit<8> x);
}
B() b = {
    bit<8> pick(in bit<8> x, in bit<8> y) { return x; }
};
