// A load balancer that keeps QUIC connections with their servers when clients move: the server has put its number, masked, into
// the connection id (routable ids, plain configuration), long headers name their id's length, short ones have the configured one.
// First flights, whose id is the client's, go by a hash of the id; an id of another rotation of the configuration goes by the
// configuration that it names.
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;

const bit<16> QUIC = 443;

error {
    IdTooLong
}

header ethernet_t {
    mac_t dst;
    mac_t src;
    bit<16> type;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<8> tos;
    bit<16> length;
    bit<16> id;
    bit<16> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    ip4_t src;
    ip4_t dst;
}

header udp_t {
    bit<16> src;
    bit<16> dst;
    bit<16> length;
    bit<16> checksum;
}

header long_t {
    bit<1> is_long;
    bit<1> fixed;
    bit<2> kind;
    bit<4> bits;
    bit<32> version;
    bit<8> id_length;
}

header short_t {
    bit<1> is_long;
    bit<1> fixed;
    bit<6> bits;
}

// What a routable id begins with.
header routable_t {
    bit<3> rotation;
    bit<5> rest;
    bit<16> server;
    bit<8> nonce;
}

header odd_id_t {
    varbit<160> id;
}

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
    udp_t udp;
    long_t long;
    short_t short;
    routable_t id;
    odd_id_t odd;
}

struct metadata_t {
    bit<1> by_hash;
    bit<16> server;
    bit<16> bucket;
}

parser Parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x0800: ipv4;
            default: accept;
        }
    }
    state ipv4 {
        packet.extract(hdr.ipv4);
        transition select(hdr.ipv4.ihl, hdr.ipv4.protocol) {
            (5, 17): udp;
            default: accept;
        }
    }
    state udp {
        packet.extract(hdr.udp);
        transition select(hdr.udp.dst, packet.lookahead<bit<2>>()) {
            (QUIC, 3): long;
            (QUIC, 1): short;
            default: accept;
        }
    }
    state long {
        packet.extract(hdr.long);
        verify(hdr.long.id_length <= 20, error.IdTooLong);
        transition select(hdr.long.id_length, hdr.long.kind) {
            (_, 0): first;
            (4 .. 20, _): id;
            default: first;
        }
    }
    state first {
        packet.extract(hdr.odd, (bit<32>)hdr.long.id_length * 8);
        meta.by_hash = 1;
        transition accept;
    }
    state short {
        packet.extract(hdr.short);
        transition id;
    }
    state id {
        packet.extract(hdr.id);
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Balance(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    action unmask(bit<16> mask) {
        meta.server = hdr.id.server ^ mask;
    }
    table rotations {
        key = {
            hdr.id.rotation: exact;
        }
        actions = {
            unmask;
            NoAction;
        }
        size = 8;
    }
    action to_server(bit<9> port, mac_t mac) {
        hdr.ethernet.dst = mac;
        sm.egress_spec = port;
    }
    action drop() {
        mark_to_drop(sm);
    }
    table servers {
        key = {
            meta.server: exact @name("server");
        }
        actions = {
            to_server;
            NoAction;
        }
        size = 65536;
    }
    table buckets {
        key = {
            meta.bucket: range @name("bucket");
        }
        actions = {
            to_server;
            drop;
        }
        default_action = drop();
    }
    apply {
        if (!hdr.udp.isValid() || hdr.udp.dst != QUIC || sm.parser_error != error.NoError) {
            drop();
            return;
        }
        if (hdr.id.isValid() && rotations.apply().hit && servers.apply().hit) {
            return;
        }
        // No id, no such rotation or no such server: what the id hashes to.
        if (hdr.odd.isValid()) {
            hash(meta.bucket, HashAlgorithm.crc16, 16w0, hdr.odd, 32w1024);
        } else {
            hash(meta.bucket, HashAlgorithm.crc16, 16w0, { hdr.ipv4.src, hdr.udp.src }, 32w1024);
        }
        buckets.apply();
    }
}

control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply {
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Balance(), Nothing(), Compute(), Deparse()) main;
