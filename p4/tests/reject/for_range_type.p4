// error: the ends of the range have another type than the variable, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        for (bit<8> i in 16w1 .. 16w3) { x = i; }
    }
}
