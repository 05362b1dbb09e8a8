// The invalid header {#} (8.18, 8.21).
#include <core.p4>
header H { bit<32> x; bit<32> y; }
header_union U { H h; }
control c(inout H h, inout U u, out bool r) {
    apply {
        h = {#};
        r = h == {#};
        u = (U){#};
        h = (H){#};
    }
}
