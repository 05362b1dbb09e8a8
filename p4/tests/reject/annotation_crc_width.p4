// error: a CRC of 16 bits has a polynomial of 16 bits
#include <core.p4>
#include <v1model.p4>
struct headers_t { }
struct meta_t { }
parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start { transition accept; }
}
control Vrf(inout headers_t hdr, inout meta_t meta) { apply { } }
control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        @crc16_custom[polynomial = 0x11021] {
            bit<16> sum;
            hash(sum, HashAlgorithm.crc16_custom, 16w0, { 8w1 }, 16w0);
        }
        @crc32_custom[poly = 3] { }
        @crc32_custom[reflect_in = 3] { }
        @crc32_custom(3) { }
    }
}
control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control Upd(inout headers_t hdr, inout meta_t meta) { apply { } }
control Dep(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
