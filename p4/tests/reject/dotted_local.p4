// error: a leading dot names the top level only, 6.9
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        bit<8> t = 1;
        x = .t;
    }
}
