// error: labels are known at compile time, 12.7.2
#include <core.p4>
control c(inout bit<8> x, in bit<8> y) {
    apply {
        switch (x) {
            y: { x = 1; }
        }
    }
}
