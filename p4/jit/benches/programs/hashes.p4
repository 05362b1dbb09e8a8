// Two hashes of a flow.
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        hash(meta.a, HashAlgorithm.crc32, 32w0, { hdr.ipv4.src, hdr.ipv4.dst, hdr.ipv4.protocol, hdr.ports.src, hdr.ports.dst }, 32w4);
        hash(meta.b, HashAlgorithm.crc16, 32w0, { hdr.ipv4.src, hdr.ipv4.dst, hdr.ipv4.protocol, hdr.ports.src, hdr.ports.dst }, 32w65536);
        std.egress_spec = (bit<9>)(meta.a + (meta.b >> 16)) + 2;
    }
}

PROGRAM
