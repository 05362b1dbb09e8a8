/* Fabric switch, written for the first generation of the architecture: everything is in two controls, every global name is absolute. */
#include <core.p4>
#include <v1model.p4>
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_MPLS 0x8847
#define CPU_PORT 255
#define MAX_LABELS 4
#define CLONE_SESSION 250
typedef bit<9> port_t; typedef bit<16> vrf_t;

@controller_header("packet_in") header packet_in_h { bit<9> ingress_port; bit<7> reason; }
@controller_header("packet_out") header packet_out_h { bit<9> egress_port; bit<1> to_pipeline; bit<6> pad; }
header ethernet_h { bit<48> dst; bit<48> src; }
header vlan_h { bit<16> tpid; bit<3> pcp; bit<1> dei; bit<12> vid; }
header etype_h { bit<16> value; }
header mpls_h { bit<20> label; bit<3> tc; bit<1> bos; bit<8> ttl; }
header ipv4_h { bit<4> version; bit<4> ihl; bit<6> dscp; bit<2> ecn; bit<16> len; bit<16> id; bit<3> flags; bit<13> frag; bit<8> ttl; bit<8> proto; bit<16> sum; bit<32> src; bit<32> dst; }
header ports_h { bit<16> src; bit<16> dst; }

struct packet_headers_t {
    packet_out_h pout; packet_in_h pin;
    ethernet_h ethernet; vlan_h[2] vlan; etype_h etype; mpls_h[MAX_LABELS] mpls; ipv4_h ipv4; ports_h ports;
}
struct acl_meta_t { bit<8> class; bit<1> deny; bit<1> copy; }
struct forward_meta_t { vrf_t vrf; bit<12> vid; bit<16> next_id; bool routed; bool bridged; bit<48> smac; bit<2> color; bit<16> group; }
struct metadata_t {
    @name("acl_metadata") acl_meta_t acl;
    forward_meta_t fwd;
    @field_list(0) bit<7> reason;
    @field_list(0) port_t original_port;
}

parser ParserImpl(packet_in packet, out packet_headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    @name(".start") state start {
        transition select(standard_metadata.ingress_port) { CPU_PORT: parse_packet_out; default: parse_ethernet; }
    }
    @name(".parse_packet_out") state parse_packet_out { packet.extract(hdr.pout); transition parse_ethernet; }
    @name(".parse_ethernet") state parse_ethernet {
        packet.extract(hdr.ethernet);
        transition select(packet.lookahead<bit<16>>()) { ETHERTYPE_VLAN: parse_vlan; 0x88a8: parse_vlan; default: parse_etype; }
    }
    @name(".parse_vlan") state parse_vlan {
        packet.extract(hdr.vlan.next);
        transition select(packet.lookahead<bit<16>>()) { ETHERTYPE_VLAN: parse_vlan; default: parse_etype; }
    }
    @name(".parse_etype") state parse_etype {
        packet.extract(hdr.etype);
        transition select(hdr.etype.value) { ETHERTYPE_IPV4: parse_ipv4; ETHERTYPE_MPLS: parse_mpls; default: accept; }
    }
    @name(".parse_mpls") state parse_mpls {
        packet.extract(hdr.mpls.next);
        transition select(hdr.mpls.last.bos) { 0: parse_mpls; 1: guess; }
    }
    state guess { transition select(packet.lookahead<bit<4>>()) { 4w4: parse_ipv4; default: accept; } }
    @name(".parse_ipv4") state parse_ipv4 {
        packet.extract(hdr.ipv4);
        transition select(hdr.ipv4.frag, hdr.ipv4.ihl, hdr.ipv4.proto) {
            (13w0x0 &&& 13w0x1fff, 4w5, 8w6 &&& 8w0xff): parse_ports;
            (13w0, 4w5, 8w17): parse_ports;
            default: accept;
        }
    }
    @name(".parse_ports") state parse_ports { packet.extract(hdr.ports); transition accept; }
}
control verifyChecksum(inout packet_headers_t hdr, inout metadata_t meta) { apply { } }

@name(".port_counters") counter(512, CounterType.packets_and_bytes) port_counters;

@name(".nop") action nop() { }

control ingress(inout packet_headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    @name(".acl_counter") direct_counter(CounterType.packets_and_bytes) acl_counter;
    @name(".acl_meter") direct_meter<bit<2>>(MeterType.packets) acl_meter;
    @name(".ecmp") action_selector(HashAlgorithm.crc16, 32w64, 32w14) ecmp;
    meter(16, MeterType.bytes) class_meter;

    @name(".set_vlan") action set_vlan(bit<12> vid, vrf_t vrf) { meta.fwd.vid = vid; meta.fwd.vrf = vrf; }
    @name(".drop_now") action drop_now() { mark_to_drop(standard_metadata); exit; }
    @name(".port_vlan") table port_vlan {
        actions = { set_vlan; drop_now; }
        key = { standard_metadata.ingress_port: ternary; hdr.vlan[0].isValid(): exact @name("tagged"); hdr.vlan[0].vid: ternary @name("vid"); }
        default_action = drop_now;
        size = 1024;
    }
    @name(".route_it") action route_it() { meta.fwd.routed = true; }
    @name(".bridge_it") action bridge_it() { meta.fwd.bridged = true; }
    table my_station { key = { hdr.ethernet.dst: ternary; hdr.etype.value: exact; } actions = { route_it; bridge_it; } default_action = bridge_it; }

    @name(".to_port") action to_port(port_t port) { standard_metadata.egress_spec = port; }
    @name(".to_group") action to_group(bit<16> group) { standard_metadata.mcast_grp = group; }
    @name(".l2") table l2 { key = { meta.fwd.vid: exact; hdr.ethernet.dst: exact; } actions = { to_port; to_group; @defaultonly nop; } default_action = nop; }
    @name(".flood") table flood { key = { meta.fwd.vid: exact; } actions = { to_group; drop_now; } default_action = drop_now(); }

    action set_next(bit<16> id) { meta.fwd.next_id = id; }
    @name(".l3") table l3 { key = { meta.fwd.vrf: exact; hdr.ipv4.dst: lpm; } actions = { set_next; drop_now; } const default_action = drop_now(); size = 4096; }
    action pop_label() {
        hdr.mpls.pop_front(1);
    }
    action pop_last(vrf_t vrf) {
        hdr.ipv4.ttl = hdr.mpls[0].ttl;
        hdr.mpls.pop_front(1);
        hdr.etype.value = ETHERTYPE_IPV4;
        meta.fwd.vrf = vrf;
    }
    action swap_label(bit<20> label, bit<16> id) { hdr.mpls[0].label = label; hdr.mpls[0].ttl = hdr.mpls[0].ttl - 1; meta.fwd.next_id = id; }
    table mpls_fib { key = { hdr.mpls[0].label: exact; hdr.mpls[0].bos: exact; } actions = { pop_label; pop_last; swap_label; drop_now; } default_action = drop_now(); }

    action next_hop(port_t port, bit<48> smac, bit<48> dmac) { standard_metadata.egress_spec = port; hdr.ethernet.src = smac; hdr.ethernet.dst = dmac; }
    action next_labels(port_t port, bit<48> smac, bit<48> dmac, bit<20> inner, bit<20> outer) {
        next_hop(port, smac, dmac);
        hdr.mpls.push_front(2);
        hdr.mpls[1].setValid(); hdr.mpls[0].setValid();
        hdr.mpls[1] = { inner, 0, 1, hdr.ipv4.ttl };
        hdr.mpls[0] = { outer, hdr.ipv4.dscp[5:3], 0, 64 };
        hdr.etype.value = ETHERTYPE_MPLS;
    }
    table next_plain { key = { meta.fwd.next_id: exact; } actions = { next_hop; next_labels; @defaultonly drop_now; } default_action = drop_now; }

    action permit() { acl_counter.count(); acl_meter.read(meta.fwd.color); }
    action deny() { acl_counter.count(); meta.acl.deny = 1; }
    action mirror() { acl_counter.count(); meta.acl.copy = 1; }
    action mark(bit<8> class) { acl_counter.count(); meta.acl.class = class; }
    @name(".acl") table acl {
        key = { standard_metadata.ingress_port: ternary; hdr.ipv4.src: ternary; hdr.ipv4.dst: ternary; hdr.ipv4.proto: ternary; hdr.ports.dst: range; }
        actions = { permit; deny; mirror; mark; }
        counters = acl_counter;
        meters = acl_meter;
        const default_action = permit();
    }
    apply {
        port_counters.count((bit<32>)standard_metadata.ingress_port);
        if (hdr.pout.isValid()) {
            if (hdr.pout.to_pipeline == 0) {
                standard_metadata.egress_spec = hdr.pout.egress_port;
                hdr.pout.setInvalid();
                exit;
            }
            hdr.pout.setInvalid();
        }
        if (standard_metadata.parser_error != error.NoError) { drop_now(); }
        port_vlan.apply();
        if (hdr.etype.value == 0x88cc) {
            meta.reason = 1;
            meta.original_port = standard_metadata.ingress_port;
            standard_metadata.egress_spec = CPU_PORT;
            return;
        }
        switch (my_station.apply().action_run) {
            route_it: {
                if (hdr.mpls[0].isValid()) {
                    switch (mpls_fib.apply().action_run) {
                        pop_label: { if (!mpls_fib.apply().hit) exit; }
                        pop_last: { l3.apply(); }
                    }
                } else if (hdr.ipv4.isValid()) {
                    l3.apply();
                } else drop_now();
                if (hdr.ipv4.isValid() && !hdr.mpls[0].isValid()) {
                    if (hdr.ipv4.ttl <= 1) { meta.reason = 2; meta.original_port = standard_metadata.ingress_port; standard_metadata.egress_spec = CPU_PORT; return; }
                    hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
                }
                next_plain.apply();
            }
            default: {
                if (l2.apply().miss) { flood.apply(); }
            }
        }
        acl.apply();
        if (meta.acl.class != 0) {
            bit<2> c;
            class_meter.execute_meter((bit<32>)meta.acl.class, c);
            if (c == V1MODEL_METER_COLOR_RED) drop_now();
            if (hdr.ipv4.isValid()) hdr.ipv4.dscp = meta.acl.class[5:0];
        }
        if (meta.acl.deny == 1 || meta.fwd.color == V1MODEL_METER_COLOR_RED) mark_to_drop(standard_metadata);
        if (meta.acl.copy == 1) {
            meta.reason = 3;
            meta.original_port = standard_metadata.ingress_port;
            clone_preserving_field_list(CloneType.I2E, CLONE_SESSION, 0);
        }
    }
}
control egress(inout packet_headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action tag(bit<12> vid) {
        if (hdr.vlan[0].isValid()) { hdr.vlan[0].vid = vid; }
        else { hdr.vlan.push_front(1); hdr.vlan[0].setValid(); hdr.vlan[0] = { ETHERTYPE_VLAN, 0, 0, vid }; }
    }
    action untag() { hdr.vlan.pop_front(1); }
    table egress_vlan { key = { standard_metadata.egress_port: exact; meta.fwd.vid: exact; } actions = { tag; untag; nop; } default_action = nop; }
    apply {
        if (standard_metadata.egress_port == CPU_PORT) {
            hdr.pin.setValid();
            hdr.pin = { meta.original_port, meta.reason };
            if (standard_metadata.instance_type == 1) truncate(40);
            exit;
        }
        if (standard_metadata.instance_type == 5 && standard_metadata.egress_port == standard_metadata.ingress_port) { mark_to_drop(standard_metadata); return; }
        egress_vlan.apply();
    }
}
control computeChecksum(inout packet_headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid() && hdr.ipv4.ihl == 5, { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.len, hdr.ipv4.id, hdr.ipv4.flags, hdr.ipv4.frag, hdr.ipv4.ttl, hdr.ipv4.proto, hdr.ipv4.src, hdr.ipv4.dst }, hdr.ipv4.sum, HashAlgorithm.csum16);
    }
}
control DeparserImpl(packet_out packet, in packet_headers_t hdr) { apply { packet.emit(hdr.pin); packet.emit(hdr.ethernet); packet.emit(hdr.vlan); packet.emit(hdr.etype); packet.emit(hdr.mpls); packet.emit(hdr.ipv4); packet.emit(hdr.ports); } }
V1Switch(ParserImpl(), verifyChecksum(), ingress(), egress(), computeChecksum(), DeparserImpl()) main;
