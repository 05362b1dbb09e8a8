// A port mirror: what an access list chooses goes on as it is, and a copy, cut short, goes to a collector in GRE (ERSPAN type II).
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;

const bit<32> SESSION = 7;
const bit<32> IS_CLONE = 1;
const bit<16> ERSPAN_II = 0x88be;

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
    bit<3> flags;
    bit<13> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    ip4_t src;
    ip4_t dst;
}

header gre_t {
    bit<3> flags;
    bit<1> sequence_present;
    bit<12> rest;
    bit<16> protocol;
    bit<32> sequence;
}

header erspan_t {
    bit<4> version;
    bit<12> vlan;
    bit<3> cos;
    bit<2> encapsulation;
    bit<1> truncated;
    bit<10> session;
    bit<12> reserved;
    bit<20> index;
}

struct headers_t {
    ethernet_t outer;
    ipv4_t tunnel;
    gre_t gre;
    erspan_t erspan;
    ethernet_t ethernet;
    ipv4_t ipv4;
}

struct mirror_t {
    bit<10> session;
    bit<9> from;
    bit<16> whole;
}

struct metadata_t {
    @field_list(1) mirror_t mirror;
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
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Watch(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    direct_counter(CounterType.packets_and_bytes) chosen;

    action mirror(bit<10> session) {
        chosen.count();
        meta.mirror = { session, sm.ingress_port, (bit<16>)sm.packet_length };
        clone_preserving_field_list(CloneType.I2E, SESSION, 1);
    }
    table watch {
        key = {
            sm.ingress_port: ternary @name("port");
            hdr.ipv4.isValid(): exact;
            hdr.ipv4.src: ternary @name("src");
            hdr.ipv4.dst: ternary @name("dst");
        }
        actions = {
            mirror;
            NoAction;
        }
        counters = chosen;
    }
    apply {
        sm.egress_spec = sm.ingress_port ^ 1;
        watch.apply();
    }
}

control Encapsulate(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    register<bit<32>>(1) sequence;

    action collector(mac_t mac, mac_t own, ip4_t src, ip4_t dst, bit<16> room) {
        bit<32> number;
        sequence.read(number, 0);
        sequence.write(0, number + 1);
        bool cut = meta.mirror.whole > room;
        bit<16> inner = cut ? room : meta.mirror.whole;
        hdr.outer = { mac, own, 0x0800 };
        hdr.tunnel = {
            version = 4, ihl = 5, tos = 0, length = inner + 20 + 8 + 8, id = number[15:0], flags = 2, fragment = 0, ttl = 64,
            protocol = 47, checksum = 0, src = src, dst = dst
        };
        hdr.gre = { 0, 1, 0, ERSPAN_II, number };
        hdr.erspan = { 1, 0, 0, 0, (bit<1>)cut, meta.mirror.session, 0, (bit<20>)meta.mirror.from };
        truncate((bit<32>)inner + 50);
    }
    table to_collector {
        actions = {
            collector;
            @defaultonly NoAction;
        }
    }
    apply {
        if (sm.instance_type == IS_CLONE) {
            to_collector.apply();
        }
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.tunnel.isValid(),
            { hdr.tunnel.version, hdr.tunnel.ihl, hdr.tunnel.tos, hdr.tunnel.length, hdr.tunnel.id, hdr.tunnel.flags,
              hdr.tunnel.fragment, hdr.tunnel.ttl, hdr.tunnel.protocol, hdr.tunnel.src, hdr.tunnel.dst },
            hdr.tunnel.checksum, HashAlgorithm.csum16);
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Watch(), Encapsulate(), Compute(), Deparse()) main;
