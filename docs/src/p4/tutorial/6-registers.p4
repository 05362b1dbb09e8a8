// Lets every source send three packets, and marks IPv4 when the queue is long.
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
    bit<8>  tos;
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

struct headers_t {
    ethernet_t ethernet;
    ipv4_t     ipv4;
}

struct metadata_t {}

error {
    NotPlainIpv4
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
        verify(hdr.ipv4.version == 4 && hdr.ipv4.ihl == 5, error.NotPlainIpv4);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.total_length, hdr.ipv4.identification, hdr.ipv4.flags,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

// ANCHOR: register
const bit<32> CELLS = 4096;
const bit<32> ALLOWED = 3;

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<32>>(CELLS) seen;

    apply {
        std.egress_spec = 1;
        if (!hdr.ipv4.isValid()) {
            exit;
        }
        bit<32> cell;
        bit<32> count;
        hash(cell, HashAlgorithm.crc32, 32w0, { hdr.ipv4.src }, CELLS);
        @atomic {
            seen.read(count, cell);
            count = count |+| 1;
            seen.write(cell, count);
        }
        if (count > ALLOWED) {
            mark_to_drop(std);
        }
    }
}
// ANCHOR_END: register

// ANCHOR: egress
const bit<19> LONG_QUEUE = 10;

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        // Two bits of tos: 1 and 2 say that the sender understands marks, 3 is the mark (RFC 3168).
        if (hdr.ipv4.isValid() && hdr.ipv4.tos[1:0] != 0 && std.enq_qdepth >= LONG_QUEUE) {
            hdr.ipv4.tos[1:0] = 3;
        }
    }
}
// ANCHOR_END: egress

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.total_length, hdr.ipv4.identification, hdr.ipv4.flags,
              hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
