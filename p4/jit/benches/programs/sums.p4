// IPv4 with its checksum verified and updated.
#define SUMS
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
        std.egress_spec = 2;
    }
}

PROGRAM
