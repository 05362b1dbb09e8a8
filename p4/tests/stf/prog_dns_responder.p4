// A name server in the data plane: answers questions for addresses that a table knows, names compared by their hash, and passes
// on what it does not understand or know.
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;

const bit<16> TYPE_A = 1;
const bit<16> CLASS_IN = 1;
// A pointer to the name of the question, 12 bytes from the beginning of the message.
const bit<16> NAME_OF_QUESTION = 0xc00c;
const bit<9> SERVER = 2;

error {
    LabelTooLong,
    Compressed
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

header dns_t {
    bit<16> id;
    bool is_response;
    bit<4> opcode;
    bool authoritative;
    bool truncated;
    bool recursion_desired;
    bool recursion_available;
    bit<3> zero;
    bit<4> code;
    bit<16> questions;
    bit<16> answers;
    bit<16> authorities;
    bit<16> additional;
}

header label_t {
    bit<8> length;
    varbit<504> text;
}

header root_t {
    bit<8> zero;
}

header question_t {
    bit<16> type;
    bit<16> class;
}

header answer_t {
    bit<16> name;
    bit<16> type;
    bit<16> class;
    bit<32> ttl;
    bit<16> length;
    ip4_t address;
}

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
    udp_t udp;
    dns_t dns;
    label_t[4] labels;
    root_t root;
    question_t question;
    answer_t answer;
}

struct metadata_t {
    bit<32> name;
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
        transition select(hdr.ipv4.version ++ hdr.ipv4.ihl, hdr.ipv4.fragment[12:0], hdr.ipv4.protocol) {
            (0x45, 0, 17): udp;
            default: accept;
        }
    }
    state udp {
        packet.extract(hdr.udp);
        transition select(hdr.udp.dst) {
            53: dns;
            default: accept;
        }
    }
    state dns {
        packet.extract(hdr.dns);
        transition select(hdr.dns.is_response, hdr.dns.opcode, hdr.dns.questions) {
            (false, 0, 1): label;
            default: accept;
        }
    }
    state label {
        transition select(packet.lookahead<bit<8>>()) {
            0: root;
            0xc0 &&& 0xc0: compressed;
            1 .. 63: more;
            default: too_long;
        }
    }
    state more {
        packet.extract(hdr.labels.next, (bit<32>)packet.lookahead<bit<8>>() << 3);
        transition label;
    }
    state compressed {
        verify(false, error.Compressed);
        transition reject;
    }
    state too_long {
        verify(false, error.LabelTooLong);
        transition reject;
    }
    state root {
        packet.extract(hdr.root);
        packet.extract(hdr.question);
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.length, hdr.ipv4.id, hdr.ipv4.fragment, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control Answer(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter(4, CounterType.packets) outcomes;

    action known(ip4_t address, bit<32> ttl) {
        hdr.answer = { NAME_OF_QUESTION, TYPE_A, CLASS_IN, ttl, 4, address };
        hdr.dns.answers = 1;
        hdr.dns.code = 0;
        outcomes.count(0);
    }
    action refused() {
        hdr.dns.code = 5;
        outcomes.count(1);
    }
    table names {
        key = {
            meta.name: exact @name("name");
        }
        actions = {
            known;
            refused;
            NoAction;
        }
        size = 1024;
    }
    action respond() {
        sm.egress_spec = sm.ingress_port;
        mac_t mac = hdr.ethernet.src;
        hdr.ethernet.src = hdr.ethernet.dst;
        hdr.ethernet.dst = mac;
        ip4_t ip = hdr.ipv4.src;
        hdr.ipv4.src = hdr.ipv4.dst;
        hdr.ipv4.dst = ip;
        hdr.ipv4.ttl = 64;
        bit<16> more = hdr.answer.isValid() ? (bit<16>)hdr.answer.minSizeInBytes() : 0;
        hdr.ipv4.length = hdr.ipv4.length + more;
        hdr.udp.length = hdr.udp.length + more;
        hdr.udp.dst = hdr.udp.src;
        hdr.udp.src = 53;
        hdr.udp.checksum = 0;
        hdr.dns.is_response = true;
        hdr.dns.authoritative = true;
        hdr.dns.recursion_available = false;
    }
    apply {
        if (sm.checksum_error == 1) {
            mark_to_drop(sm);
            outcomes.count(2);
        } else if (sm.parser_error != error.NoError || !hdr.question.isValid()) {
            sm.egress_spec = SERVER;
            outcomes.count(3);
        } else if (hdr.question != { TYPE_A, CLASS_IN }) {
            sm.egress_spec = SERVER;
        } else {
            hash(meta.name, HashAlgorithm.crc32, 32w0, { hdr.labels[0], hdr.labels[1], hdr.labels[2], hdr.labels[3] },
                33w0x1_0000_0000);
            switch (names.apply().action_run) {
                NoAction: {
                    sm.egress_spec = SERVER;
                }
                default: {
                    respond();
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
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.length, hdr.ipv4.id, hdr.ipv4.fragment, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Answer(), Nothing(), Compute(), Deparse()) main;
