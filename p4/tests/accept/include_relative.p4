// A file of the tests' own, found beside this one (6.2).
#include <core.p4>
#include "../include/shared_header.p4"
control c(inout shared_t h) {
    apply { h.b = shared_twice(h.a) + SHARED_OFFSET; }
}
