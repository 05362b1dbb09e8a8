// One of everything that controllers see.
#include <core.p4>
#include <v1model.p4>

@controller_header("packet_in")
header packet_in_t {
    bit<9> ingress_port;
    @id(9) bit<7> reason;
}

@controller_header("packet_out")
header packet_out_t {
    bit<9> egress_port;
    bit<7> pad;
}

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> kind;
}

header ipv4_t {
    bit<8>  ttl;
    bit<8>  protocol;
    bit<32> src;
    bit<32> dst;
}

struct headers {
    packet_in_t  in_header;
    packet_out_t out_header;
    ethernet_t   eth;
    ipv4_t       ipv4;
}

struct learn_t {
    bit<48> src;
    bit<9>  port;
}

struct pair_t {
    bit<8>  one;
    bit<24> other;
}

struct metadata {
    bit<8>  class;
    bit<2>  color;
    bit<16> sport;
}

struct cases_t {
    bit<16> kind;
    @match(ternary) bit<9> port;
}

parser the_parser(packet_in b, out headers hdr, inout metadata m, inout standard_metadata_t s) {
    value_set<cases_t>(8) cases;
    @id(12) value_set<bit<16>>(4) kinds;
    state start {
        b.extract(hdr.eth);
        transition select(hdr.eth.kind, s.ingress_port) {
            cases: ipv4;
            default: more;
        }
    }
    state more {
        transition select(hdr.eth.kind) {
            kinds: ipv4;
            default: accept;
        }
    }
    state ipv4 {
        b.extract(hdr.ipv4);
        transition accept;
    }
}

control verify_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control ingress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    counter(512, CounterType.packets_and_bytes) ports;
    @brief("Bytes that were dropped")
    counter(4, CounterType.bytes) drops;
    @single_rate_three_color meter(16, MeterType.bytes) classes;
    register<bit<32>>(1024) seen;
    @name("pairs") register<pair_t>(2) both;
    direct_counter(CounterType.packets) routed;
    direct_meter<bit<2>>(MeterType.packets) coloured;
    action_profile(128) profile;
    @max_group_size(4) @selector_size_semantics("sum_of_members") @max_member_weight(9)
    action_selector(HashAlgorithm.crc16, 64, 16) selector;

    action drop() {
        mark_to_drop(s);
    }
    @brief("Out of a port") @description("With a new address.")
    action out_of(@id(20) bit<9> port, bit<48> dst) {
        s.egress_spec = port;
        hdr.eth.dst = dst;
    }
    action classify(bit<8> class) {
        m.class = class;
    }
    @hidden action secret() {
        m.class = 0;
    }

    @brief("Routes by prefix") @my_note("kept", 7) @list[1 + 4, "x", 1 == 2] @empty[] @pairs[zero = 0, text = ""]
    table routes {
        key = { hdr.ipv4.dst: lpm; }
        actions = {
            out_of;
            @defaultonly @note drop;
            @tableonly classify;
        }
        const default_action = drop();
        size = 4096;
        counters = routed;
        meters = coloured;
        support_timeout = true;
    }
    @id(0x00abcdef)
    table acl {
        key = {
            hdr.ipv4.src: ternary @name("source");
            hdr.ipv4.protocol: optional;
            m.sport: range @id(7);
            hdr.ipv4.isValid(): exact;
        }
        actions = { drop; classify; NoAction; }
        const entries = {
            (0x0a000000 &&& 0xff000000, 6, 1 .. 1023, true): drop();
            (_, 17, _, true): classify(3);
            (_, _, 22 .. 22, false): classify(0xff);
        }
    }
    table exact_and_lpm {
        key = { hdr.eth.dst: exact; hdr.ipv4.dst: lpm; }
        actions = { out_of; NoAction; }
        entries = {
            (0x0000000000ff, 0x0a000000 &&& 0xff000000): out_of(2, 0x0000deadbeef);
            (0x0000000000ff, _): NoAction();
        }
    }
    table chosen {
        key = { hdr.eth.kind: exact; }
        actions = { out_of; drop; }
        implementation = profile;
    }
    table spread {
        key = { hdr.eth.dst: exact; hdr.eth.src: selector; }
        actions = { out_of; drop; }
        implementation = selector;
    }
    table constructed_in_place {
        key = { hdr.eth.dst: exact; }
        actions = { out_of; }
        @name("place") @brief("members of one table")
        implementation = action_profile(16);
    }
    @hidden table inner {
        actions = { secret; }
        const default_action = secret();
    }
    table nothing {
        actions = { NoAction; }
    }

    apply {
        bit<32> value;
        pair_t two;
        seen.read(value, 3);
        seen.write(3, value + 1);
        both.read(two, 1);
        both.write(1, two);
        ports.count((bit<32>)s.ingress_port);
        drops.count(0);
        classes.execute_meter(1, m.color);
        routes.apply();
        coloured.read(m.color);
        acl.apply();
        exact_and_lpm.apply();
        chosen.apply();
        spread.apply();
        constructed_in_place.apply();
        inner.apply();
        nothing.apply();
        digest<learn_t>(1, { hdr.eth.src, s.ingress_port });
    }
}

control egress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    action drop() {
        mark_to_drop(s);
    }
    table acl {
        key = { s.egress_port: exact; }
        actions = { drop; NoAction; }
    }
    apply {
        acl.apply();
    }
}

control update_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control deparse(packet_out b, in headers hdr) {
    apply {
        b.emit(hdr);
    }
}

@pkginfo(name = "objects.p4", version = "2, or 3") @pkginfo(url = "x=y")
@platform_property(multicast_group_table_size = 8, multicast_group_table_total_replicas = 64)
@brief("One of everything")
V1Switch(the_parser(), verify_sum(), ingress(), egress(), update_sum(), deparse()) main;
