// Overlay gateway: VXLAN, Geneve (with options), NVGRE. Generic headers and functions wherever the language has them.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

header Tagged<T, L> { T type_; L len; }
struct Pair<A, B> { A first; B second; }
header eth_t { bit<48> dst; bit<48> src; bit<16> type; }
header vlan_t { bit<3> pcp; bit<1> dei; bit<12> vid; bit<16> type; }
header ipv4_t { bit<4> version; bit<4> ihl; bit<6> dscp; bit<2> ecn; bit<16> total; bit<16> id; bit<3> flags; bit<13> off; bit<8> ttl; bit<8> proto; bit<16> sum; bit<32> src; bit<32> dst; }
header udp_t { bit<16> sport; bit<16> dport; bit<16> len; bit<16> sum; }
header vxlan_t { bit<8> flags; bit<24> rsv; bit<24> vni; bit<8> rsv2; }
header geneve_t { bit<2> ver; bit<6> optlen; bit<1> oam; bit<1> critical; bit<6> rsv; bit<16> proto; bit<24> vni; bit<8> rsv2; }
header geneve_opts_t { varbit<2016> data; }
header gre_t { bit<1> c; bit<1> r; bit<1> k; bit<1> s; bit<9> rsv; bit<3> ver; bit<16> proto; }
header nvgre_t { bit<24> vsid; bit<8> flow; }

header_union shim_t { vxlan_t vxlan; geneve_t geneve; nvgre_t nvgre; }

struct tunnel_t { eth_t eth; ipv4_t ip; udp_t udp; gre_t gre; shim_t shim; geneve_opts_t opts; }
struct frame_t { eth_t eth; vlan_t vlan; ipv4_t ip; }
struct headers_t { tunnel_t outer; frame_t inner; }

enum Kind { None, Vxlan, Geneve, Nvgre }
struct local_t { Kind kind; bit<24> vni; bit<16> bd; Pair<bit<32>, bit<48>> peer; Kind out_kind; bit<16> entropy; bit<16> inner_len; bool flood; }

bit<16> fold<T>(in T data, in bit<16> base) {
    bit<16> r;
    hash(r, HashAlgorithm.crc16, base, data, 16w0x4000);
    return r;
}
A pick<A>(in bool c, in A yes, in A no) { if (c) return yes; return no; }

parser frame_parser(packet_in p, out frame_t f) {
    state start {
        p.extract(f.eth);
        transition select(f.eth.type) { 0x8100: vlan; 0x0800: ip; default: accept; }
    }
    state vlan { p.extract(f.vlan); transition select(f.vlan.type) { 0x0800: ip; default: accept; } }
    state ip { p.extract(f.ip); transition accept; }
}

parser gw_parser(packet_in p, out headers_t h, inout local_t l, inout standard_metadata_t std) {
    frame_parser() frame;
    value_set<Pair<bit<16>, bit<8>>>(4) underlay;
    state start {
        l.kind = Kind.None;
        eth_t e = p.lookahead<eth_t>();
        transition select(e.dst, e.type) {
            (0x02000000fffe, 0x0800): tunnel;
            default: plain;
        }
    }
    state plain { frame.apply(p, h.inner); transition accept; }
    state tunnel {
        p.extract(h.outer.eth);
        p.extract(h.outer.ip);
        transition select(h.outer.ip.proto, h.outer.ip.off) { (17, 0): udp; (47, 0): gre; default: accept; }
    }
    state udp {
        p.extract(h.outer.udp);
        transition select(h.outer.udp.dport) { 4789: vxlan; 6081: geneve; default: accept; }
    }
    state vxlan { p.extract(h.outer.shim.vxlan); l.kind = Kind.Vxlan; l.vni = h.outer.shim.vxlan.vni; transition plain; }
    state geneve {
        p.extract(h.outer.shim.geneve);
        l.kind = Kind.Geneve;
        l.vni = h.outer.shim.geneve.vni;
        bit<32> bits = (bit<32>)h.outer.shim.geneve.optlen << 5;
        p.extract(h.outer.opts, bits);
        transition select(h.outer.shim.geneve.proto) { 0x6558: plain; default: accept; }
    }
    state gre {
        p.extract(h.outer.gre);
        transition select(h.outer.gre.k ++ h.outer.gre.c ++ h.outer.gre.s, h.outer.gre.proto) { (0b100, 0x6558): nvgre; default: accept; }
    }
    state nvgre { p.extract(h.outer.shim.nvgre); l.kind = Kind.Nvgre; l.vni = h.outer.shim.nvgre.vsid; transition plain; }
}

control gw_verify(inout headers_t h, inout local_t l) { apply {} }

control encapsulate(inout headers_t h, in local_t l) {
    action underlay(bit<32> src, bit<8> proto, bit<16> extra) {
        h.outer.eth = { l.peer.second, 48w0x02000000fffe, 16w0x0800 };
        h.outer.ip = { 4, 5, 0, 0, 20 + extra + l.inner_len, 0, 2, 0, 64, proto, 0, src, l.peer.first };
    }
    action vxlan(bit<32> src) {
        underlay(src, 17, 16);
        h.outer.udp = { sport = 0xc000 | l.entropy, dport = 4789, len = l.inner_len + 16, sum = 0 };
        h.outer.shim.vxlan = { 8, 0, l.vni, 0 };
    }
    action geneve(bit<32> src) {
        underlay(src, 17, 16);
        h.outer.udp = { 0xc000 | l.entropy, 6081, l.inner_len + 16, 0 };
        h.outer.shim.geneve.setValid();
        h.outer.shim.geneve.proto = 0x6558;
        h.outer.shim.geneve.vni = l.vni;
    }
    action nvgre(bit<32> src) {
        underlay(src, 47, 8);
        h.outer.gre = { 0, 0, 1, 0, 0, 0, 0x6558 };
        h.outer.shim.nvgre = { vsid = l.vni, flow = l.entropy[7:0] };
    }
    table kinds {
        key = { l.out_kind: exact @name("kind"); }
        actions = { vxlan; geneve; nvgre; NoAction; }
        const entries = {
            Kind.Vxlan: vxlan(0xc0a80001);
            Kind.Geneve: geneve(0xc0a80001);
            Kind.Nvgre: nvgre(0xc0a80001);
        }
    }
    apply { kinds.apply(); }
}

control gw_ingress(inout headers_t h, inout local_t l, inout standard_metadata_t std) {
    encapsulate() encap;
    counter<bit<16>>(1024, CounterType.packets) bd_in;
    action drop() { mark_to_drop(std); }
    action set_bd(bit<16> bd) { l.bd = bd; bd_in.count(bd); }
    table vni_map { key = { l.kind: exact; l.vni: exact; } actions = { set_bd; drop; } default_action = drop(); }
    table port_map { key = { std.ingress_port: exact; h.inner.vlan.isValid(): exact; h.inner.vlan.vid: exact; } actions = { set_bd; drop; } default_action = drop(); }
    action local(PortId_t port) { std.egress_spec = port; }
    action vlan(PortId_t port, bit<12> vid) {
        std.egress_spec = port;
        h.inner.vlan.setValid();
        h.inner.vlan.type = h.inner.eth.type;
        h.inner.vlan.vid = vid;
        h.inner.eth.type = 0x8100;
    }
    action remote(PortId_t port, bit<2> kind, bit<24> vni, bit<32> peer, bit<48> mac) {
        std.egress_spec = port;
        l.peer = { peer, mac };
        l.vni = vni;
        l.out_kind = kind == 1 ? Kind.Vxlan : kind == 2 ? Kind.Geneve : kind == 3 ? Kind.Nvgre : Kind.None;
    }
    action flood(bit<16> group) { std.mcast_grp = group; l.flood = true; }
    table dmac {
        key = { l.bd: exact; h.inner.eth.dst: exact; }
        actions = { local; vlan; remote; flood; }
        default_action = flood(1);
    }
    apply {
        if (std.parser_error != error.NoError) { drop(); exit; }
        bool encapsulated = l.kind != Kind.None;
        if (encapsulated) {
            if (vni_map.apply().miss) { exit; }
        } else if (h.outer.eth.isValid()) {
            drop();
            exit;
        } else {
            if (port_map.apply().miss) exit;
        }
        l.inner_len = (bit<16>)(std.packet_length);
        if (encapsulated) {
            bit<16> outer = 14 + 20;
            if (h.outer.udp.isValid()) outer = outer + 8;
            if (h.outer.gre.isValid()) outer = outer + 4;
            if (h.outer.shim.vxlan.isValid()) outer = outer + 8;
            if (h.outer.shim.geneve.isValid()) outer = outer + 8 + ((bit<16>)h.outer.shim.geneve.optlen << 2);
            if (h.outer.shim.nvgre.isValid()) outer = outer + 4;
            l.inner_len = l.inner_len - outer;
            h.outer.eth.setInvalid();
            h.outer.ip.setInvalid();
            h.outer.udp.setInvalid();
            h.outer.gre.setInvalid();
            h.outer.shim.vxlan.setInvalid();
            h.outer.shim.geneve.setInvalid();
            h.outer.shim.nvgre.setInvalid();
            h.outer.opts.setInvalid();
        }
        if (h.inner.vlan.isValid()) {
            h.inner.eth.type = h.inner.vlan.type;
            h.inner.vlan.setInvalid();
            l.inner_len = l.inner_len - 4;
        }
        dmac.apply();
        l.entropy = pick(h.inner.ip.isValid(),
                         fold({ h.inner.ip.src, h.inner.ip.dst, h.inner.ip.proto }, 0),
                         fold({ h.inner.eth.dst, h.inner.eth.src }, 0));
        if (l.out_kind != Kind.None) encap.apply(h, l);
    }
}
control gw_egress(inout headers_t h, inout local_t l, inout standard_metadata_t std) {
    apply { if (l.flood && std.egress_port == std.ingress_port) mark_to_drop(std); }
}
control gw_sums(inout headers_t h, inout local_t l) {
    apply {
        update_checksum(h.outer.ip.isValid(), (tuple<bit<16>, bit<16>, bit<16>, bit<16>, bit<16>, bit<32>, bit<32>>){
            h.outer.ip.version ++ h.outer.ip.ihl ++ h.outer.ip.dscp ++ h.outer.ip.ecn, h.outer.ip.total, h.outer.ip.id,
            h.outer.ip.flags ++ h.outer.ip.off, h.outer.ip.ttl ++ h.outer.ip.proto, h.outer.ip.src, h.outer.ip.dst },
            h.outer.ip.sum, HashAlgorithm.csum16);
    }
}
control gw_deparser(packet_out p, in headers_t h) {
    apply {
        p.emit(h.outer.eth); p.emit(h.outer.ip); p.emit(h.outer.udp); p.emit(h.outer.gre); p.emit(h.outer.shim); p.emit(h.outer.opts);
        p.emit(h.inner);
    }
}
V1Switch<headers_t, local_t>(gw_parser(), gw_verify(), gw_ingress(), gw_egress(), gw_sums(), gw_deparser()) main;
