// Long chains of else-if, of operators and of concatenations.
#include <core.p4>
control c(inout bit<8> x, out bit<64> y) {
    apply {
        if (x == 0) { x = 1; } else if (x == 1) { x = 2; } else if (x == 2) { x = 3; } else if (x == 3) { x = 4; }
        else if (x == 4) { x = 5; } else if (x == 5) { x = 6; } else if (x == 6) { x = 7; } else { x = 8; }
        x = x + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19 + 20;
        y = x ++ x ++ x ++ x ++ x ++ x ++ x ++ x;
        x = x & x | x ^ x & x | x ^ x & x | x ^ x;
    }
}
