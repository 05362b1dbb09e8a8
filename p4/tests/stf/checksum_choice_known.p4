// A field of an invalid header is left out of what is summed; a choice that leads to one is a value, zero, whether its condition
// is known at compile time or not.
#include <core.p4>
#include <v1model.p4>

header e_t {
    bit<8> a;
    bit<8> b;
    bit<32> field;
    bit<32> known;
    bit<32> asked;
}
header gone_t {
    bit<8> f;
}
struct headers_t {
    e_t e;
    gone_t gone;
}
struct metadata_t {}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.e);
        transition accept;
    }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply { std.egress_spec = 1; }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply {} }
control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(true, { hdr.gone.f, hdr.e.a }, hdr.e.field, HashAlgorithm.crc32);
        update_checksum(true, { (true ? hdr.gone.f : 8w9), hdr.e.a }, hdr.e.known, HashAlgorithm.crc32);
        update_checksum(true, { (hdr.e.b == 1 ? hdr.gone.f : 8w9), hdr.e.a }, hdr.e.asked, HashAlgorithm.crc32);
    }
}
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.e); } }

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
