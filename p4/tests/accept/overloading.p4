// Overloading by arity and by the names of arguments (7.2.11.2).
#include <core.p4>
extern bit<8> f(in bit<8> a);
extern bit<8> f(in bit<8> a, in bit<8> b);
extern bit<8> f(in bit<8> x, in bool y, in bit<8> z);
extern E {
    E();
    E(bit<8> size);
    void run();
    void run(in bit<8> x);
    void run(in bit<8> y, in bool z);
}
control c(inout bit<8> v) {
    E() e0;
    E(5) e1;
    apply {
        v = f(v);
        v = f(v, v);
        v = f(z = 1, y = true, x = v);
        e0.run();
        e1.run(v);
        e1.run(z = true, y = v);
    }
}
