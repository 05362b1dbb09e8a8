// error: two labels of a switch equal each other, 12.7.3
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            1: { x = 2; }
            0x01: { x = 3; }
        }
    }
}
