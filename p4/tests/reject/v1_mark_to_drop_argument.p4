// error: mark_to_drop takes the standard metadata, 8.22
#include <core.p4>
#include <v1model.p4>
control c(inout bit<16> x) {
    apply { mark_to_drop(x); }
}
