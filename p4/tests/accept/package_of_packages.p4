// Packages as parameters of packages, with values and externs beside them (7.2.14, F).
#include <core.p4>
extern Counter {
    Counter(bit<32> size);
}
parser P<H>(packet_in b, out H h);
control C<H>(inout H h);
package Pipe<H>(P<H> p, C<H> c, Counter k, bit<8> n, string name, @optional bool flag);
package Switch<A, B>(Pipe<A> a, Pipe<B> b, bit<8> count = 2);
struct X { }
struct Y { bit<8> v; }
parser px(packet_in b, out X x) { state start { transition accept; } }
parser py(packet_in b, out Y y) { state start { transition accept; } }
control cx(inout X x) { apply { } }
control cy(inout Y y)(bit<8> n) { apply { y.v = n; } }
Counter(16) shared;
Pipe(px(), cx(), shared, 1, "x" ++ "y") one;
Pipe<Y>(name = "two", n = 2 + 3, k = Counter(4), c = cy(7), p = py(), flag = true) two;
Switch(one, two) main;
