// Type arguments of v1model's functions written out.
#include <core.p4>
#include <v1model.p4>
struct H { }
struct M { bit<16> x; bit<8> y; }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    register<bit<16>>(8) r;
    apply {
        hash<bit<16>, bit<16>, tuple<bit<8>, bit<16>>, bit<32>>(m.x, HashAlgorithm.crc32, 16w0, { m.y, m.x }, 32w7);
        hash<bit<16>, bit<16>, bit<8>, bit<32>>(m.x, HashAlgorithm.crc32, 0, m.y, 7);
        random<bit<16>>(m.x, 1, 2);
        log_msg<tuple<bit<8>>>("{}", { m.y });
        r.write(index = 3, value = m.x);
        r.read(index = 3, result = m.x);
    }
}
