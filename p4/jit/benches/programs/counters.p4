// Two counters.
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(1024, CounterType.packets_and_bytes) by_port;
    counter(65536, CounterType.packets) by_address;

    apply {
        by_port.count((bit<32>)std.ingress_port);
        by_address.count((bit<32>)hdr.ipv4.dst[15:0]);
        std.egress_spec = 2;
    }
}

PROGRAM
