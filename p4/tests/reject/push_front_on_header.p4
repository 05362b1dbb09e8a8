// error: push_front is a method of stacks, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H h) {
    apply { h.push_front(1); }
}
