// Assertions at the top level and in code (19).
#include <core.p4>
#define VERSION 20200408
const bool _check = static_assert(VERSION > 20180000, "Expected a version >= " ++ "20180000");
const bool _other = static_assert(8w255 + 1 == 0);
control c(inout bit<8> x)(bit<8> n) {
    apply {
        static_assert(true);
        bool b = static_assert(4 > 3, "order");
        if (b) { x = n; }
    }
}
