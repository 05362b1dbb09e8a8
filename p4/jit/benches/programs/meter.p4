// A meter.
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    meter(1024, MeterType.bytes) by_port;

    apply {
        by_port.execute_meter((bit<32>)std.ingress_port, meta.a);
        std.egress_spec = meta.a == 2 ? 9w3 : 9w2;
    }
}

PROGRAM
