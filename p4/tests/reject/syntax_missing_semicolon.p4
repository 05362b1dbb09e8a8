// error: a statement ends in a semicolon, 12
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = 1 }
}
