// error: a for-in statement needs a range or a collection, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        for (bit<8> i in x) { x = i; }
    }
}
