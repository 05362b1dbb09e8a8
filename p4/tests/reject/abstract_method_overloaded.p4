// error: abstract methods cannot be overloaded, 7.2.11.2
#include <core.p4>
extern B {
    B();
    abstract bit<8> pick(in bit<8> x);
    abstract bit<8> pick(in bit<8> x, in bit<8> y);
}
