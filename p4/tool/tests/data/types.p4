// Names that controllers know types by.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

@p4runtime_translation("example.org/port", string)
type bit<9> port_name_t;

@p4runtime_translation("example.org/number", bit<32>)
type bit<9> port_number_t;

@p4runtime_translation("example.org/old", 16)
type bit<9> old_number_t;

@note type bit<12> vlan_t;

enum bit<8> class_t {
    low = 1,
    high = 0x80
}

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> kind;
}

struct headers {
    ethernet_t eth;
}

struct inner_t {
    vlan_t  vlan;
    class_t class;
}

struct learn_t {
    bit<48>       src;
    int<8>        level;
    bool          trusted;
    inner_t       inner;
    port_number_t port;
}

struct metadata {
    port_name_t   name;
    port_number_t number;
    old_number_t  old;
    vlan_t        vlan;
    class_t       class;
}

parser the_parser(packet_in b, out headers hdr, inout metadata m, inout standard_metadata_t s) {
    state start {
        b.extract(hdr.eth);
        transition accept;
    }
}

control verify_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control ingress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    counter<vlan_t>(4096, CounterType.packets) vlans;
    register<class_t, bit<8>>(16) last;
    action out_of(port_number_t port, class_t class) {
        s.egress_spec = (bit<9>)port;
        m.class = class;
    }
    table t {
        key = {
            m.name: exact;
            m.number: exact;
            m.old: exact;
            m.vlan: exact;
            m.class: exact;
        }
        actions = { out_of; NoAction; }
    }
    apply {
        t.apply();
        vlans.count(m.vlan);
        last.write(3, m.class);
        digest<learn_t>(1, { hdr.eth.src, -3, true, { m.vlan, m.class }, m.number });
    }
}

control egress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    apply { }
}

control update_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control deparse(packet_out b, in headers hdr) {
    apply {
        b.emit(hdr);
    }
}

V1Switch(the_parser(), verify_sum(), ingress(), egress(), update_sum(), deparse()) main;
