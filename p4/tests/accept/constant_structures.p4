// Constants of structures, headers, tuples, enums and errors in expressions (11.1, 18.1).
#include <core.p4>
enum E { a, b }
struct S { bit<8> x; tuple<bool, bit<4>> t; }
header H { bit<8> v; }
const S s = { 3, { true, 4w9 } };
const H h = { 5 };
const H none = (H){#};
const E e = E.b;
const error r = error.NoMatch;
const tuple<S, E> deep = { { 1, { false, 2 } }, E.a };
const bit<(s.x)> three = 3w5;
const bool same = e == E.b && r != error.NoError && s.t[0];
const bit<4> four = s.t[0] ? s.t[1] : 0;
const bit<8> d = deep[0].x + h.v;
const bool c0 = static_assert(four == 9 && d == 6 && same && three == 5);
