// A tunnel gateway: tenants on one side, GRE (RFC 2784, 2890), VXLAN (RFC 7348) and IP in IP (RFC 2003, 4213) on the other.
//
// What comes in on a tenant's port, or out of one of its tunnels, is routed in that tenant's own table (IPv4 and IPv6), and the
// route says what is next: a port, or a tunnel of one of the three kinds. Tunnels run over IPv4.
//
//     ports -> tenant ---+                          +--> port
//                        +--> routes of the tenant -+
//     tunnels -> tenant -+                          +--> tunnel --> underlay --> port
//
// A tunnel is taken apart only when its two ends and its kind and number are in `tunnels`, and never on a tenant's port: what a
// tenant sends cannot pass for another's. DSCP goes out with the tunnel and is not taken back; ECN works through it (RFC 6040).

#include <core.p4>
#include <v1model.p4>
#include "headers.p4"

const bit<16> VXLAN_PORT = 4789;

// What a tunnel carries its packets in: part of the key of `tunnels`.
enum bit<8> kind_t {
    NONE  = 0,
    IP    = 1, // number: 0
    GRE   = 2, // number: the key; 0 without one
    VXLAN = 3  // number: the VNI
}

// Cells of the counter `drops`.
enum bit<32> drop_t {
    MALFORMED   = 0, // cut short, wrong IPv4 checksum, a form of GRE or VXLAN that this gateway does not speak
    NO_TUNNEL   = 1, // of a tunnel that is not in `tunnels`, or on a tenant's port
    NO_TENANT   = 2, // neither of a tunnel nor on a tenant's port
    NO_ROUTE    = 3,
    NO_UNDERLAY = 4, // the far end of the tunnel has no route
    TTL_EXPIRED = 5,
    TOO_BIG     = 6, // with its tunnel longer than the next hop takes
    CONGESTED   = 7  // marked on its way, and does not understand marks
}

error {
    Ipv4Header,
    GreForm,
    VxlanForm
}

header gre_t {
    bit<1>  has_checksum;
    bit<1>  reserved0;
    bit<1>  has_key;
    bit<1>  has_sequence;
    bit<9>  reserved1;
    bit<3>  version;
    bit<16> protocol;
}

header gre_key_t {
    bit<32> key;
}

header vxlan_t {
    bit<8>  flags;
    bit<24> reserved0;
    bit<24> vni;
    bit<8>  reserved1;
}

// TCP and UDP begin alike, which is all that spreading flows needs.
header ports_t {
    bit<16> src;
    bit<16> dst;
}

struct headers_t {
    ethernet_t     ethernet;
    // The tunnel, in this order: of each kind some are absent.
    ipv4_t         outer;
    gre_t          gre;
    gre_key_t      gre_key;
    udp_t          udp;
    vxlan_t        vxlan;
    ethernet_t     inner_ethernet;
    // What the tenant sees: without a tunnel it is all there is.
    ipv4_t         ipv4;
    ipv4_options_t ipv4_options;
    ipv6_t         ipv6;
    ports_t        ports;
}

struct metadata_t {
    kind_t  kind;
    bit<32> number;
    bit<16> tenant;
    bit<8>  protocol;
    // Length of the tenant's packet, from its IP header on.
    bit<16> length;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_IPV4: maybe_tunnel;
            ETHERTYPE_IPV6: ipv6;
            default: accept;
        }
    }

    // A tunnel has no IP options and is no fragment.
    state maybe_tunnel {
        ipv4_t ahead = packet.lookahead<ipv4_t>();
        transition select(ahead.ihl, ahead.more_fragments ++ ahead.fragment_offset, ahead.protocol) {
            (5, 0, PROTOCOL_IPV4): outer;
            (5, 0, PROTOCOL_IPV6): outer;
            (5, 0, PROTOCOL_GRE): outer;
            (5, 0, PROTOCOL_UDP): maybe_vxlan;
            default: ipv4;
        }
    }

    state maybe_vxlan {
        // The IPv4 header and as far as the destination port.
        transition select(packet.lookahead<bit<192>>()[15:0]) {
            VXLAN_PORT: outer;
            default: ipv4;
        }
    }

    state outer {
        packet.extract(hdr.outer);
        verify(hdr.outer.version == 4, error.Ipv4Header);
        transition select(hdr.outer.protocol) {
            PROTOCOL_IPV4: ip_in_ip;
            PROTOCOL_IPV6: ip_in_ip;
            PROTOCOL_GRE: gre;
            default: vxlan;
        }
    }

    state ip_in_ip {
        meta.kind = kind_t.IP;
        transition select(hdr.outer.protocol) {
            PROTOCOL_IPV4: ipv4;
            default: ipv6;
        }
    }

    state gre {
        packet.extract(hdr.gre);
        verify(hdr.gre.version == 0 && hdr.gre.has_checksum == 0 && hdr.gre.has_sequence == 0 && hdr.gre.reserved0 == 0,
               error.GreForm);
        meta.kind = kind_t.GRE;
        transition select(hdr.gre.has_key) {
            1: gre_key;
            default: gre_payload;
        }
    }

    state gre_key {
        packet.extract(hdr.gre_key);
        meta.number = hdr.gre_key.key;
        transition gre_payload;
    }

    state gre_payload {
        transition select(hdr.gre.protocol) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
        }
    }

    state vxlan {
        packet.extract(hdr.udp);
        packet.extract(hdr.vxlan);
        // The flag that says that the VNI is one.
        verify(hdr.vxlan.flags & 8 == 8, error.VxlanForm);
        packet.extract(hdr.inner_ethernet);
        meta.kind = kind_t.VXLAN;
        meta.number = (bit<32>)hdr.vxlan.vni;
        transition select(hdr.inner_ethernet.type) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
        }
    }

    state ipv4 {
        packet.extract(hdr.ipv4);
        verify(hdr.ipv4.version == 4 && hdr.ipv4.ihl >= 5, error.Ipv4Header);
        meta.protocol = hdr.ipv4.protocol;
        meta.length = hdr.ipv4.total_length;
        transition select(hdr.ipv4.ihl) {
            5: ipv4_payload;
            default: ipv4_options;
        }
    }

    state ipv4_options {
        packet.extract(hdr.ipv4_options, ((bit<32>)hdr.ipv4.ihl - 5) * 32);
        transition ipv4_payload;
    }

    state ipv4_payload {
        transition select(hdr.ipv4.fragment_offset, hdr.ipv4.more_fragments) {
            (0, 0): transport;
            default: accept;
        }
    }

    state ipv6 {
        packet.extract(hdr.ipv6);
        meta.protocol = hdr.ipv6.next_header;
        meta.length = hdr.ipv6.payload_length + 40;
        transition transport;
    }

    state transport {
        transition select(meta.protocol) {
            PROTOCOL_TCP: ports;
            PROTOCOL_UDP: ports;
            default: accept;
        }
    }

    state ports {
        packet.extract(hdr.ports);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        // The tunnel's own header has no options, whatever the tenant's has.
        ipv4_options_t none;
        none.setInvalid();
        verify_checksum(hdr.outer.isValid(), IPV4_SUMMED(hdr.outer, none), hdr.outer.checksum, HashAlgorithm.csum16);
        verify_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(8, CounterType.packets) drops;
    direct_counter(CounterType.packets_and_bytes) received;
    direct_counter(CounterType.packets_and_bytes) routed_ipv4;
    direct_counter(CounterType.packets_and_bytes) routed_ipv6;

    action drop(drop_t reason) {
        drops.count(reason);
        mark_to_drop(std);
        exit;
    }

    // ---- whose packet it is ----

    action belongs_to(bit<16> tenant) {
        meta.tenant = tenant;
    }

    table tenant_ports {
        key = { std.ingress_port: exact @name("port"); }
        actions = { belongs_to; NoAction; }
        default_action = NoAction();
        size = 512;
    }

    action tunnel_of(bit<16> tenant) {
        meta.tenant = tenant;
    }

    action no_tunnel() {
        drop(drop_t.NO_TUNNEL);
    }

    // Tunnels that end here: `remote` is the far end.
    table tunnels {
        key = {
            hdr.outer.src: exact @name("remote");
            hdr.outer.dst: exact @name("local");
            meta.kind:     exact @name("kind");
            meta.number:   exact @name("number");
        }
        actions = { tunnel_of; no_tunnel; }
        default_action = no_tunnel();
        counters = received;
        size = 16384;
    }

    // RFC 6040, figure 4: what the way did to the outer header is told to the inner one.
    action propagate_congestion(inout bit<2> inner) {
        bit<2> outer = hdr.outer.ecn;
        if (outer == 3) {
            if (inner == 0) {
                drop(drop_t.CONGESTED);
            }
            inner = 3;
        } else if (outer == 1 && inner == 2) {
            inner = 1;
        }
    }

    action remove_tunnel() {
        hdr.outer.setInvalid();
        hdr.gre.setInvalid();
        hdr.gre_key.setInvalid();
        hdr.udp.setInvalid();
        hdr.vxlan.setInvalid();
        hdr.inner_ethernet.setInvalid();
    }

    // ---- where it goes ----

    action deliver(port_t port, mac_t src, mac_t dst) {
        std.egress_spec = port;
        hdr.ethernet.src = src;
        hdr.ethernet.dst = dst;
    }

    // The outer header around `length` bytes of what is between it and the tenant's packet.
    action encapsulate(ipv4_address_t local, ipv4_address_t remote, bit<8> protocol, bit<16> length) {
        hdr.outer.setValid();
        hdr.outer.version = 4;
        hdr.outer.ihl = 5;
        hdr.outer.dscp = hdr.ipv4.isValid() ? hdr.ipv4.dscp : hdr.ipv6.dscp;
        hdr.outer.ecn = hdr.ipv4.isValid() ? hdr.ipv4.ecn : hdr.ipv6.ecn;
        hdr.outer.total_length = 20 + length + meta.length;
        // Never fragmented, so no number is needed (RFC 6864).
        hdr.outer.identification = 0;
        hdr.outer.reserved = 0;
        hdr.outer.do_not_fragment = 1;
        hdr.outer.more_fragments = 0;
        hdr.outer.fragment_offset = 0;
        hdr.outer.ttl = 64;
        hdr.outer.protocol = protocol;
        hdr.outer.src = local;
        hdr.outer.dst = remote;
    }

    action into_ip(ipv4_address_t local, ipv4_address_t remote) {
        encapsulate(local, remote, hdr.ipv4.isValid() ? PROTOCOL_IPV4 : PROTOCOL_IPV6, 0);
    }

    action add_gre(bit<1> has_key) {
        hdr.gre.setValid();
        hdr.gre.has_checksum = 0;
        hdr.gre.reserved0 = 0;
        hdr.gre.has_key = has_key;
        hdr.gre.has_sequence = 0;
        hdr.gre.reserved1 = 0;
        hdr.gre.version = 0;
        hdr.gre.protocol = hdr.ipv4.isValid() ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    }

    action into_gre(ipv4_address_t local, ipv4_address_t remote) {
        encapsulate(local, remote, PROTOCOL_GRE, 4);
        add_gre(0);
    }

    action into_gre_with_key(ipv4_address_t local, ipv4_address_t remote, bit<32> key) {
        encapsulate(local, remote, PROTOCOL_GRE, 8);
        add_gre(1);
        hdr.gre_key.setValid();
        hdr.gre_key.key = key;
    }

    // `src` and `dst` are the addresses of the frame within: of this gateway and of the host or gateway at the far end.
    action into_vxlan(ipv4_address_t local, ipv4_address_t remote, bit<24> vni, mac_t src, mac_t dst) {
        encapsulate(local, remote, PROTOCOL_UDP, 30);
        hdr.udp.setValid();
        // The way's routers spread flows by this port (RFC 7348, section 5).
        hash(hdr.udp.src_port, HashAlgorithm.crc16, 16w49152,
             { hdr.ipv4.src, hdr.ipv4.dst, hdr.ipv6.src, hdr.ipv6.dst, hdr.ports.src, hdr.ports.dst, meta.protocol }, 32w16384);
        hdr.udp.dst_port = VXLAN_PORT;
        hdr.udp.length = 30 + meta.length;
        hdr.udp.checksum = 0;
        hdr.vxlan.setValid();
        hdr.vxlan.flags = 8;
        hdr.vxlan.reserved0 = 0;
        hdr.vxlan.vni = vni;
        hdr.vxlan.reserved1 = 0;
        hdr.inner_ethernet.setValid();
        hdr.inner_ethernet.src = src;
        hdr.inner_ethernet.dst = dst;
        hdr.inner_ethernet.type = hdr.ipv4.isValid() ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    }

    action no_route() {
        drop(drop_t.NO_ROUTE);
    }

    table ipv4_routes {
        key = {
            meta.tenant:  exact @name("tenant");
            hdr.ipv4.dst: lpm @name("dst");
        }
        actions = { deliver; into_ip; into_gre; into_gre_with_key; into_vxlan; no_route; }
        default_action = no_route();
        counters = routed_ipv4;
        size = 65536;
    }

    table ipv6_routes {
        key = {
            meta.tenant:  exact @name("tenant");
            hdr.ipv6.dst: lpm @name("dst");
        }
        actions = { deliver; into_ip; into_gre; into_gre_with_key; into_vxlan; no_route; }
        default_action = no_route();
        counters = routed_ipv6;
        size = 65536;
    }

    action no_underlay() {
        drop(drop_t.NO_UNDERLAY);
    }

    // `mtu` is the largest IPv4 packet that the next hop takes.
    action next_hop(port_t port, mac_t src, mac_t dst, bit<16> mtu) {
        if (hdr.outer.total_length > mtu) {
            drop(drop_t.TOO_BIG);
        }
        deliver(port, src, dst);
    }

    // The way to the far ends of the tunnels.
    table underlay {
        key = { hdr.outer.dst: lpm @name("remote"); }
        actions = { next_hop; no_underlay; }
        default_action = no_underlay();
        size = 4096;
    }

    apply {
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop(drop_t.MALFORMED);
        }
        bool on_tenant_port = tenant_ports.apply().hit;
        if (hdr.outer.isValid()) {
            if (on_tenant_port) {
                drop(drop_t.NO_TUNNEL);
            }
            tunnels.apply();
            if (hdr.ipv4.isValid()) {
                propagate_congestion(hdr.ipv4.ecn);
            } else {
                propagate_congestion(hdr.ipv6.ecn);
            }
            remove_tunnel();
        } else if (!on_tenant_port) {
            drop(drop_t.NO_TENANT);
        }

        if (hdr.ipv4.isValid()) {
            if (hdr.ipv4.ttl <= 1) {
                drop(drop_t.TTL_EXPIRED);
            }
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            hdr.ethernet.type = ETHERTYPE_IPV4;
            ipv4_routes.apply();
        } else if (hdr.ipv6.isValid()) {
            if (hdr.ipv6.hop_limit <= 1) {
                drop(drop_t.TTL_EXPIRED);
            }
            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
            hdr.ethernet.type = ETHERTYPE_IPV6;
            ipv6_routes.apply();
        } else {
            drop(drop_t.NO_ROUTE);
        }
        if (hdr.outer.isValid()) {
            hdr.ethernet.type = ETHERTYPE_IPV4;
            underlay.apply();
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        ipv4_options_t none;
        none.setInvalid();
        update_checksum(hdr.outer.isValid(), IPV4_SUMMED(hdr.outer, none), hdr.outer.checksum, HashAlgorithm.csum16);
        update_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
