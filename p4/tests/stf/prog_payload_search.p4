// Looks for strings in the first 48 bytes of UDP payloads: a finite automaton in a table, one step a byte, which marks or drops what
// has one of them, and counts by string. Bytes that no entry knows go on from where the automaton's default leads.
#include <core.p4>
#include <v1model.p4>

const bit<8> MOST = 48;

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<16> length;
    bit<16> id;
    bit<16> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}

header udp_t {
    bit<16> src;
    bit<16> dst;
    bit<16> length;
    bit<16> checksum;
}

header byte_t {
    bit<8> value;
}

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
    udp_t udp;
    byte_t[48] payload;
}

struct metadata_t {
    bit<16> left;
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
        meta.left = hdr.udp.length |-| 8;
        transition bytes;
    }
    state bytes {
        transition select(meta.left, hdr.payload.lastIndex) {
            (0, _): accept;
            (_, (bit<32>)MOST - 1): accept;
            default: next;
        }
    }
    state next {
        packet.extract(hdr.payload.next);
        meta.left = meta.left - 1;
        transition bytes;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Search(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter(8, CounterType.packets) found;
    bit<12> at = 0;
    bit<8> byte;
    bit<3> which = 0;

    action go(bit<12> state) {
        at = state;
    }
    action hit(bit<12> state, bit<3> number) {
        at = state;
        which = which == 0 ? number : which;
    }
    table steps {
        key = {
            at: ternary @name("at");
            byte: exact @name("byte");
        }
        actions = {
            go;
            hit;
        }
        default_action = go(0);
        size = 4096;
    }
    action mark(bit<6> dscp) {
        hdr.ipv4.dscp = dscp;
    }
    action drop() {
        mark_to_drop(sm);
    }
    table verdicts {
        key = {
            which: exact @name("which");
        }
        actions = {
            mark;
            drop;
            NoAction;
        }
    }
    apply {
        sm.egress_spec = 1;
        for (byte_t one in hdr.payload) {
            if (!one.isValid()) {
                break;
            }
            byte = one.value;
            // Letters are alike.
            if (byte >= 0x41 && byte <= 0x5a) {
                byte |= 0x20;
            }
            steps.apply();
        }
        if (which != 0) {
            found.count((bit<32>)which);
            verdicts.apply();
        }
    }
}

control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply {
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.length, hdr.ipv4.id, hdr.ipv4.fragment,
              hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Search(), Nothing(), Compute(), Deparse()) main;
