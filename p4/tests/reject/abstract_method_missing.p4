// error: an instance implements every abstract method, 7.2.11.2.1
#include <core.p4>
extern B {
    B();
    abstract bit<8> pick(in bit<8> x);
}
control c() {
    B() b;
    apply { }
}
