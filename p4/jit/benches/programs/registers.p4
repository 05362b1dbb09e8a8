// Two registers, each read and written.
#include "common.p4"

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<32>>(1024) packets;
    register<bit<48>>(65536) times;

    apply {
        bit<32> many;
        bit<48> before;
        packets.read(many, (bit<32>)std.ingress_port);
        packets.write((bit<32>)std.ingress_port, many + 1);
        times.read(before, (bit<32>)hdr.ipv4.dst[15:0]);
        times.write((bit<32>)hdr.ipv4.dst[15:0], before + std.ingress_global_timestamp);
        std.egress_spec = 2;
    }
}

PROGRAM
