// Comparisons of constants are constants, also of what `...` and `{#}` give (7.3, 8.17, 8.18, 8.28, 18.1).
#include <core.p4>
enum Colour { red, green }
enum bit<4> Code { some = 3 }
type bool Flag;
header H { bit<8> x; varbit<16> v; }
header_union U { H h; }
struct Inner { Colour colour; error e; Flag flag; Code code; }
struct Outer { bit<8> n; Inner inner; tuple<int<3>, bool> t; }

const Outer zero = ...;
const Outer one = { n = 1, ... };
const tuple<Colour, Outer> pair = ...;
const H[2] stack = ...;
const H none = {#};
const U union_of_none = ...;

const bool same = zero == one;
const bool checked = static_assert(!same)
    && static_assert(zero == { 0, { Colour.red, error.NoError, (Flag) false, (Code) 0 }, { 0, false } })
    && static_assert(zero != (Outer) { t = { -1, false }, ... })
    && static_assert(one.inner == zero.inner && one.inner.colour == Colour.red)
    && static_assert(one.inner.flag == (Flag) false && one.inner.code != Code.some)
    && static_assert(pair[0] != Colour.green && pair[1] == zero)
    && static_assert(none == {#} && stack[1] == none && union_of_none == {#});

// What a default gives may stand where a number must be known.
control c(inout bit<(zero.n + 8)> b) {
    apply {
        b[(one.n + 2):zero.n] = 1;
    }
}
