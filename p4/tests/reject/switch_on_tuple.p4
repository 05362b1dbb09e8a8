// error: a switch expression is a number, an enum or an error, 12.7.2
#include <core.p4>
control c(inout bit<8> x, in tuple<bit<8>, bit<8>> t) {
    apply {
        switch (t) {
            default: { x = 2; }
        }
    }
}
