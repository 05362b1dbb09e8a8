// error: a switch is no loop, 12.8
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            1: { break; }
        }
    }
}
