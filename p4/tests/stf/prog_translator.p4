// Stateless-plus-pool translator: NAT44 by tables, NAT64 both ways with the well-known prefix; sums are only ever adjusted.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

typedef bit<16> sum_t;
const bit<96> WELL_KNOWN = 0x0064ff9b0000000000000000;
enum bit<16> EtherType { IPV4 = 0x0800, IPV6 = 0x86dd, ARP = 0x0806 }
enum bit<8> Proto { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58 }

header ethernet_t { bit<48> dst; bit<48> src; EtherType type; }
header arp_t { bit<16> hw; bit<16> pr; bit<8> hl; bit<8> pl; bit<16> op; bit<48> sha; bit<32> spa; bit<48> tha; bit<32> tpa; }
header ipv4_t { bit<4> version; bit<4> ihl; bit<8> tos; bit<16> len; bit<16> id; bit<1> reserved; bit<1> df; bit<1> mf; bit<13> off; bit<8> ttl; Proto proto; sum_t sum; bit<32> src; bit<32> dst; }
header ipv6_t { bit<4> version; bit<8> tc; bit<20> flow; bit<16> len; Proto next; bit<8> hops; bit<128> src; bit<128> dst; }
header tcp_t { bit<16> src; bit<16> dst; bit<32> seq; bit<32> ack; bit<16> flags; bit<16> win; sum_t sum; bit<16> urg; }
header udp_t { bit<16> src; bit<16> dst; bit<16> len; sum_t sum; }
header echo_t { bit<8> type; bit<8> code; sum_t sum; bit<16> id; bit<16> seq; }

struct l3_t { ipv4_t v4; ipv6_t v6; }
struct l4_t { tcp_t tcp; udp_t udp; echo_t echo; }
struct ip_t { l3_t l3; l4_t l4; }
struct headers_t { ethernet_t eth; arp_t arp; ip_t ip; }

struct addresses_t { bit<32> src; bit<32> dst; }
struct session_t { addresses_t before; addresses_t after; bit<16> port_before; bit<16> port_after; }
struct metadata_t { session_t session; bit<16> delta; bool translated; }
struct miss_t { addresses_t who; bit<16> port; Proto proto; }

// RFC 1624: sums of complements, folded when they are applied.
bit<16> fold(in bit<32> x) {
    bit<32> y = (x >> 16) + (x & 0xffff);
    return (bit<16>)((y >> 16) + (y & 0xffff));
}
bit<32> words(in bit<32> x) { return (bit<32>)x[31:16] + (bit<32>)x[15:0]; }
bit<32> words(in bit<128> a, in bit<1> wide) { return words(a[127:96]) + words(a[95:64]) + words(a[63:32]) + words(a[31:0]); }
bit<16> change(in bit<32> before, in bit<32> after) { return fold(words(~before) + words(after)); }
void adjust(inout sum_t sum, in bit<16> delta) { sum = ~fold((bit<32>)~sum + (bit<32>)delta); }
bit<16> plus(in bit<16> a, in bit<16> b) { return fold((bit<32>)a + (bit<32>)b); }

parser P(packet_in pk, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start {
        pk.extract(h.eth);
        transition select(h.eth.type) { EtherType.IPV4: v4; EtherType.IPV6: v6; EtherType.ARP: arp; _: accept; }
    }
    state arp { pk.extract(h.arp); transition accept; }
    state v4 {
        pk.extract(h.ip.l3.v4);
        transition select(h.ip.l3.v4.version, h.ip.l3.v4.ihl, h.ip.l3.v4.mf, h.ip.l3.v4.off, h.ip.l3.v4.proto) {
            (4, 5, 0, 0, Proto.TCP): tcp;
            (4, 5, 0, 0, Proto.UDP): udp;
            (4, 5, 0, 0, Proto.ICMP): echo;
            (4, 5, _, _, _): accept;
            (_, _, _, _, _): reject;
        }
    }
    state v6 {
        pk.extract(h.ip.l3.v6);
        transition select(h.ip.l3.v6.next) { Proto.TCP: tcp; Proto.UDP: udp; Proto.ICMPV6: echo; default: accept; }
    }
    state tcp { pk.extract(h.ip.l4.tcp); transition accept; }
    state udp { pk.extract(h.ip.l4.udp); transition accept; }
    state echo { pk.extract(h.ip.l4.echo); transition accept; }
}
control V(inout headers_t h, inout metadata_t m) { apply { } }

control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    counter<bit<4>>(16, CounterType.packets) outcome;
    action drop(bit<4> why) { outcome.count(why); mark_to_drop(s); exit; }
    action ports(out bit<16> sp, out bit<16> dp) {
        sp = h.ip.l4.tcp.isValid() ? h.ip.l4.tcp.src : h.ip.l4.udp.isValid() ? h.ip.l4.udp.src : h.ip.l4.echo.id;
        dp = h.ip.l4.tcp.isValid() ? h.ip.l4.tcp.dst : h.ip.l4.udp.isValid() ? h.ip.l4.udp.dst : h.ip.l4.echo.id;
    }
    action fix_l4(bit<16> delta, bit<16> with_addresses) {
        if (h.ip.l4.tcp.isValid()) adjust(h.ip.l4.tcp.sum, plus(delta, with_addresses));
        else if (h.ip.l4.udp.isValid()) {
            if (h.ip.l4.udp.sum != 0) {
                adjust(h.ip.l4.udp.sum, plus(delta, with_addresses));
                if (h.ip.l4.udp.sum == 0) h.ip.l4.udp.sum = 0xffff;
            }
        } else if (h.ip.l4.echo.isValid()) adjust(h.ip.l4.echo.sum, delta);
    }
    action snat(bit<32> src, bit<16> port) {
        bit<16> sp; bit<16> dp;
        ports(sp, dp);
        bit<16> a = change(h.ip.l3.v4.src, src);
        bit<16> p = fold((bit<32>)~sp + (bit<32>)port);
        h.ip.l3.v4.src = src;
        adjust(h.ip.l3.v4.sum, a);
        if (h.ip.l4.tcp.isValid()) h.ip.l4.tcp.src = port;
        if (h.ip.l4.udp.isValid()) h.ip.l4.udp.src = port;
        if (h.ip.l4.echo.isValid()) h.ip.l4.echo.id = port;
        fix_l4(p, a);
        m.translated = true;
    }
    action dnat(bit<32> dst, bit<16> port) {
        bit<16> sp; bit<16> dp;
        ports(sp, dp);
        bit<16> a = change(h.ip.l3.v4.dst, dst);
        bit<16> p = fold((bit<32>)~dp + (bit<32>)port);
        h.ip.l3.v4.dst = dst;
        adjust(h.ip.l3.v4.sum, a);
        if (h.ip.l4.tcp.isValid()) h.ip.l4.tcp.dst = port;
        else if (h.ip.l4.udp.isValid()) h.ip.l4.udp.dst = port;
        else if (h.ip.l4.echo.isValid()) h.ip.l4.echo.id = port;
        fix_l4(p, a);
        m.translated = true;
    }
    action learn() {
        digest<miss_t>(2, { { h.ip.l3.v4.src, h.ip.l3.v4.dst }, m.session.port_before, h.ip.l3.v4.proto });
        drop(1);
    }
    table nat_out { key = { h.ip.l3.v4.src: exact @name("src"); m.session.port_before: exact @name("port"); h.ip.l3.v4.proto: exact @name("proto"); } actions = { snat; learn; } default_action = learn; }
    table nat_in { key = { h.ip.l3.v4.dst: exact @name("dst"); m.session.port_before: exact @name("port"); h.ip.l3.v4.proto: exact @name("proto"); } actions = { dnat; drop; } default_action = drop(2); }
    action side(bit<1> inside, PortId_t other) { s.egress_spec = other; m.session.port_after = (bit<16>)inside; }
    table sides { key = { s.ingress_port: exact; } actions = { side; } const default_action = side(0, 511); const entries = { 1: side(1, 2); 2: side(0, 1); 3: side(0, 4); 4: side(0, 3); } }

    action mapped(bit<32> v4) { m.session.after.src = v4; }
    action mapped6(bit<128> v6) { m.session.after.dst = v6[31:0]; h.ip.l3.v6.setValid(); h.ip.l3.v6.dst = v6; }
    table pool64 { key = { h.ip.l3.v6.src: exact; } actions = { mapped; drop; } const default_action = drop(3); }
    table pool46 { key = { h.ip.l3.v4.dst: exact; } actions = { mapped6; drop; } const default_action = drop(4); }

    action six_to_four() {
        ipv6_t six = h.ip.l3.v6;
        h.ip.l3.v6.setInvalid();
        h.ip.l3.v4.setValid();
        h.ip.l3.v4 = { version = 4, ihl = 5, tos = six.tc, len = six.len + 20, id = 0, reserved = 0, df = 1, mf = 0, off = 0,
                       ttl = six.hops, proto = six.next == Proto.ICMPV6 ? Proto.ICMP : six.next, sum = 0, src = m.session.after.src, dst = six.dst[31:0] };
        h.eth.type = EtherType.IPV4;
        bit<32> total = words(4w4 ++ 4w5 ++ six.tc ++ h.ip.l3.v4.len) + 0x4000 + (bit<32>)(six.hops ++ (bit<8>)h.ip.l3.v4.proto)
            + words(h.ip.l3.v4.src) + words(h.ip.l3.v4.dst);
        h.ip.l3.v4.sum = ~fold(total);
        bit<16> a = fold(words(~six.src, 1) + words(~six.dst, 1) + words(h.ip.l3.v4.src) + words(h.ip.l3.v4.dst));
        if (h.ip.l4.echo.isValid()) {
            bit<16> before = h.ip.l4.echo.type ++ h.ip.l4.echo.code;
            h.ip.l4.echo.type = h.ip.l4.echo.type == 128 ? 8w8 : 0;
            // ICMPv6 sums its pseudo-header, ICMP does not.
            bit<32> pseudo = words(~six.src, 1) + words(~six.dst, 1) + (bit<32>)~six.len + (bit<32>)~16w58;
            adjust(h.ip.l4.echo.sum, fold((bit<32>)fold(pseudo) + (bit<32>)~before + (bit<32>)(h.ip.l4.echo.type ++ h.ip.l4.echo.code)));
        } else fix_l4(0, a);
    }
    action four_to_six() {
        ipv4_t four = h.ip.l3.v4;
        h.ip.l3.v4.setInvalid();
        bit<128> dst = h.ip.l3.v6.dst;
        h.ip.l3.v6 = { 6, four.tos, 0, four.len - 20, four.proto == Proto.ICMP ? Proto.ICMPV6 : four.proto, four.ttl, WELL_KNOWN ++ four.src, dst };
        h.eth.type = EtherType.IPV6;
        bit<16> a = fold(words(~four.src) + words(~four.dst) + words(h.ip.l3.v6.src, 1) + words(dst, 1));
        if (h.ip.l4.echo.isValid()) {
            bit<16> before = h.ip.l4.echo.type ++ h.ip.l4.echo.code;
            h.ip.l4.echo.type = h.ip.l4.echo.type == 8 ? 8w128 : 129;
            bit<32> pseudo = words(h.ip.l3.v6.src, 1) + words(dst, 1) + (bit<32>)h.ip.l3.v6.len + 58;
            adjust(h.ip.l4.echo.sum, fold((bit<32>)fold(pseudo) + (bit<32>)~before + (bit<32>)(h.ip.l4.echo.type ++ h.ip.l4.echo.code)));
        } else fix_l4(0, a);
    }
    apply {
        if (s.parser_error != error.NoError) drop(5);
        sides.apply();
        if (h.arp.isValid() && h.arp.op == 1) {
            h.arp.op = 2;
            h.arp = { 1, 0x800, 6, 4, 2, 0x020000000001, h.arp.tpa, h.arp.sha, h.arp.spa };
            h.eth.dst = h.eth.src; h.eth.src = h.arp.sha;
            s.egress_spec = s.ingress_port;
            return;
        }
        bit<16> sp; bit<16> dp;
        ports(sp, dp);
        if (s.ingress_port == 1 && h.ip.l3.v4.isValid()) { m.session.port_before = sp; nat_out.apply(); }
        else if (s.ingress_port == 2 && h.ip.l3.v4.isValid()) { m.session.port_before = dp; nat_in.apply(); }
        else if (s.ingress_port == 3 && h.ip.l3.v6.isValid() && h.ip.l3.v6.dst[127:32] == WELL_KNOWN) { if (pool64.apply().hit) six_to_four(); }
        else if (s.ingress_port == 4 && h.ip.l3.v4.isValid()) { if (pool46.apply().hit) four_to_six(); }
        else drop(6);
        outcome.count(0);
    }
}
control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control C(inout headers_t h, inout metadata_t m) { apply { } }
control D(packet_out pk, in headers_t h) { apply { pk.emit(h.eth); pk.emit(h.arp); pk.emit(h.ip); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
