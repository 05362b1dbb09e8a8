// error: HashAlgorithm has no such member, 8.3
#include <core.p4>
#include <v1model.p4>
control c(inout bit<16> x) {
    apply { hash(x, HashAlgorithm.crc99, 16w0, { x }, 16w10); }
}
