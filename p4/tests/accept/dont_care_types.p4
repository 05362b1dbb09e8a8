// The type _ where a type variable could stand (7.2.15).
#include <core.p4>
extern Box<T> {
    Box();
}
control C<A, B>(in A a, in B b);
package P<T>(C<T, _> c, C<_, T> d);
control c1(in bit<8> a, in bool b) { apply { } }
control c2(in error a, in bit<8> b) { apply { } }
P(c1(), c2()) main;
