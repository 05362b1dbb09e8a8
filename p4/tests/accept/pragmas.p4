// @pragma takes the rest of its line.
#include <core.p4>
@pragma unroll 4
struct S {
    @pragma pa_container_size ingress x 8
    bit<8> x;
}
@pragma nothing
control c(inout S s) {
    apply { s.x = 1; }
}
