// What the programs beside this file share.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

header ipv4_t {
    bit<4>  version;
    bit<4>  ihl;
    bit<8>  diffserv;
    bit<16> total_length;
    bit<16> identification;
    bit<3>  flags;
    bit<13> fragment_offset;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}

header ports_t {
    bit<16> src;
    bit<16> dst;
}

#ifdef OPTIONS
header options_t {
    varbit<320> data;
}
#endif

struct headers_t {
    ethernet_t ethernet;
    ipv4_t     ipv4;
#ifdef OPTIONS
    options_t  options;
#endif
    ports_t    ports;
}

struct metadata_t {
    bit<32> a;
    bit<32> b;
    bit<32> c;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x0800: ipv4;
            default: accept;
        }
    }
    state ipv4 {
        packet.extract(hdr.ipv4);
#ifdef OPTIONS
        transition select(hdr.ipv4.ihl) {
            5: ports;
            default: options;
        }
    }
    state options {
        packet.extract(hdr.options, ((bit<32>)hdr.ipv4.ihl - 5) * 32);
#endif
        transition ports;
    }
    state ports {
        packet.extract(hdr.ports);
        transition accept;
    }
}

#ifdef OPTIONS
#define SUMMED { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.total_length, hdr.ipv4.identification, \
    hdr.ipv4.flags, hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst, hdr.options.data }
#else
#define SUMMED { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.total_length, hdr.ipv4.identification, \
    hdr.ipv4.flags, hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst }
#endif

#ifdef SUMS
control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply { verify_checksum(hdr.ipv4.isValid(), SUMMED, hdr.ipv4.checksum, HashAlgorithm.csum16); }
}
control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply { update_checksum(hdr.ipv4.isValid(), SUMMED, hdr.ipv4.checksum, HashAlgorithm.csum16); }
}
#else
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
#endif

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply {} }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

#define PROGRAM V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
