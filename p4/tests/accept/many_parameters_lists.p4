// Empty and long lists of parameters, arguments and type arguments (G).
#include <core.p4>
void f0() { }
bit<8> f9(in bit<1> a, in bit<2> b, in bit<3> c, in bit<4> d, in bit<5> e, in bit<6> f, in bit<7> g, in bit<8> h, in tuple<> i) {
    return a ++ b ++ e;
}
extern void g9<A, B, C, D, E, F>(in A a, in B b, in C c, in D d, in E e, in F f);
control c()() {
    apply {
        f0();
        f9(1, 2, 3, 4, 5, 6, 7, 8, {});
        g9(1w1, true, { 1w1 }, error.NoError, 8s1, {});
    }
}
control d() {
    c() inst;
    apply { inst.apply(); }
}
