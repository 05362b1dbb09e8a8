// error: default is the last label, 12.7.3
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            default: { x = 1; }
            2: { x = 3; }
        }
    }
}
