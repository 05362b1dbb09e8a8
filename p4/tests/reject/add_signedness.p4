// error: + does not mix signed and unsigned, 8.8
#include <core.p4>
control c(inout bit<8> x, inout int<8> y) {
    apply { x = x + y; }
}
