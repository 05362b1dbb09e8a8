// The passive end of link aggregation: answers LACPDUs with its own, whose partner is what it heard, and sends flows over the members
// that are collecting; a member whose partner is silent leaves by itself.
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;

const mac_t SLOW_PROTOCOLS = 0x0180c2000002;
const bit<9> UPSTREAM = 0;
const bit<48> TIMEOUT = 3000;

header ethernet_t {
    mac_t dst;
    mac_t src;
    bit<16> type;
}

struct flags_t {
    bool expired;
    bool defaulted;
    bool distributing;
    bool collecting;
    bool synchronised;
    bool aggregation;
    bool short_timeout;
    bool active;
}

struct party_t {
    bit<16> system_priority;
    mac_t system;
    bit<16> key;
    bit<16> port_priority;
    bit<16> port;
    flags_t flags;
}

header lacpdu_t {
    bit<8> subtype;
    bit<8> version;
    bit<8> actor_type;
    bit<8> actor_length;
    party_t actor;
    bit<24> actor_reserved;
    bit<8> partner_type;
    bit<8> partner_length;
    party_t partner;
    bit<24> partner_reserved;
    bit<8> collector_type;
    bit<8> collector_length;
    bit<16> collector_delay;
    bit<96> collector_reserved;
    bit<16> terminator;
}

struct headers_t {
    ethernet_t ethernet;
    lacpdu_t lacp;
}

struct metadata_t {
    bit<32> member;
}

parser Parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.dst, hdr.ethernet.type, packet.lookahead<bit<16>>()) {
            (SLOW_PROTOCOLS, 0x8809, 0x0101): lacp;
            default: accept;
        }
    }
    state lacp {
        packet.extract(hdr.lacp);
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Aggregate(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    // When each port was last heard to collect, plus one; 0 is never.
    register<bit<48>>(512) heard;
    counter(512, CounterType.packets) answers;

    action aggregate(mac_t own, bit<16> key, bit<16> priority) {
        party_t me = {
            system_priority = priority, system = own, key = key, port_priority = 0x8000, port = (bit<16>)sm.ingress_port,
            flags = { false, false, true, true, true, true, hdr.lacp.actor.flags.short_timeout, false }
        };
        if (!hdr.lacp.actor.flags.aggregation || hdr.lacp.actor.flags.expired) {
            me.flags.synchronised = false;
            me.flags.collecting = false;
            me.flags.distributing = false;
        }
        hdr.lacp.partner = hdr.lacp.actor;
        hdr.lacp.actor = me;
        hdr.ethernet.src = own;
        hdr.lacp.collector_delay = 0;
        sm.egress_spec = sm.ingress_port;
        answers.count((bit<32>)sm.ingress_port);
        bool in_use = hdr.lacp.partner.flags.collecting && hdr.lacp.partner.flags.synchronised && me.flags.distributing;
        heard.write((bit<32>)sm.ingress_port, in_use ? sm.ingress_global_timestamp + 1 : 0);
    }
    action drop() {
        mark_to_drop(sm);
    }
    table ports {
        key = {
            sm.ingress_port: exact @name("port");
        }
        actions = {
            aggregate;
            drop;
        }
        default_action = drop();
    }
    apply {
        if (hdr.lacp.isValid()) {
            ports.apply();
        } else if (sm.ingress_port != UPSTREAM) {
            sm.egress_spec = UPSTREAM;
        } else {
            hash(meta.member, HashAlgorithm.crc32, 32w0, { hdr.ethernet.dst, hdr.ethernet.src }, 32w4);
            sm.egress_spec = 511;
            // The first member that lives, from where the hash begins: ports 1 to 4.
            for (bit<32> i in 32w0 .. 3) {
                bit<32> port = ((meta.member + i) & 3) + 1;
                bit<48> last;
                heard.read(last, port);
                if (last != 0 && sm.ingress_global_timestamp - (last - 1) < TIMEOUT) {
                    sm.egress_spec = (bit<9>)port;
                    break;
                }
            }
        }
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

V1Switch(Parse(), Verify(), Aggregate(), Nothing(), Compute(), Deparse()) main;
