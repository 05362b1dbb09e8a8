// error: a label that cannot be cast to the type of the switch, 12.7.2
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        switch (x) {
            16w1: { x = 1; }
        }
    }
}
