// error: a label ends in a colon, 12.7
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            1 { x = 2; }
        }
    }
}
