// Redundant parentheses and blocks (8, 12.3).
#include <core.p4>
header H { bit<8> v; }
control c(inout H[2] s, inout bit<8> x) {
    apply {
        {{{ x = ((((x)))); }}}
        x = ((x) + ((1)));
        (x) = (x);
        (s)[0].v = (s[1]).v;
        (s[((1))]).v = ((s)[0]).v;
        if (((x == 1))) {{ x = 2; }}
        {}
    }
}
