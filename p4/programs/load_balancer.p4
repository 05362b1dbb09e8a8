// A load balancer for TCP and UDP, over IPv4 and IPv6: one virtual address and port, many backends.
//
// What a client sends to a virtual service is rewritten to a backend, chosen by a hash over addresses, ports and protocol; what
// the backend answers is rewritten to come from the service. Everything is routed afterwards, so backends may be anywhere.
//
// The choice is made by an action selector. A service is a group, and the members of a group are slots, many more than there
// are backends: with 64 slots and 4 backends each backend is named by 16 of them. When a backend dies, the control plane writes
// another backend's address into *its* slots (it modifies members, and never removes them from the group). The number of slots
// stays, so no flow of the others moves: that is consistent hashing, with the arithmetic done by who fills the table.
//
// Fragments are not balanced, since only the first one has ports: the virtual address needs no route, and then they are dropped.
//
// Nothing is remembered per flow. Checksums of TCP and UDP are changed by what the rewriting changed (RFC 1624), so that an error
// made elsewhere is not repaired by accident.

#include <core.p4>
#include <v1model.p4>
#include "ip.p4"

// Members of each selector: slots of all services together.
const bit<32> SLOTS = 16384;

enum bit<32> drop_t {
    MALFORMED   = 0, // cut short, wrong IPv4 checksum, headers that contradict themselves
    NO_ROUTE    = 1,
    TTL_EXPIRED = 2,
    NOT_IP      = 3
}

struct headers_t {
    ethernet_t   ethernet;
    ip_headers_t ip;
}

struct metadata_t {
    flow_t  flow;
    // One's complement sums over the words that were rewritten, and over what they became.
    bit<16> before;
    bit<16> after;
    bool    rewritten;
}

// Adds the carries of a one's complement sum of 16-bit words.
bit<16> fold(in bit<32> sum) {
    bit<32> once = (sum & 0xffff) + (sum >> 16);
    bit<32> twice = (once & 0xffff) + (once >> 16);
    return twice[15:0];
}

bit<16> sum_ipv4(in ipv4_address_t address, in bit<16> port) {
    return fold((bit<32>)address[31:16] + (bit<32>)address[15:0] + (bit<32>)port);
}

bit<16> sum_ipv6(in ipv6_address_t address, in bit<16> port) {
    bit<32> sum = (bit<32>)address[127:112] + (bit<32>)address[111:96] + (bit<32>)address[95:80]
                  + (bit<32>)address[79:64] + (bit<32>)address[63:48] + (bit<32>)address[47:32]
                  + (bit<32>)address[31:16] + (bit<32>)address[15:0];
    return fold(sum + (bit<32>)port);
}

// RFC 1624, equation 3: the checksum when words of the sum `before` became words of the sum `after`.
bit<16> replace(in bit<16> checksum, in bit<16> before, in bit<16> after) {
    return ~fold((bit<32>)(~checksum) + (bit<32>)(~before) + (bit<32>)after);
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    parse_ip() ip;

    state start {
        packet.extract(hdr.ethernet);
        ip.apply(packet, hdr.ethernet.type, hdr.ip, meta.flow);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ip.ipv4.isValid(), IPV4_SUMMED(hdr.ip.ipv4, hdr.ip.ipv4_options),
                        hdr.ip.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(4, CounterType.packets) drops;
    direct_counter(CounterType.packets_and_bytes) ipv4_requests;
    direct_counter(CounterType.packets_and_bytes) ipv6_requests;

    action drop(drop_t reason) {
        drops.count(reason);
        mark_to_drop(std);
    }

    // ---- to the backends ----

    action set_dst_port(bit<16> port) {
        meta.rewritten = true;
        if (hdr.ip.tcp.isValid()) {
            hdr.ip.tcp.dst_port = port;
        } else {
            hdr.ip.udp.dst_port = port;
        }
    }

    action to_ipv4_backend(ipv4_address_t address, bit<16> port) {
        meta.before = sum_ipv4(hdr.ip.ipv4.dst, meta.flow.dst_port);
        meta.after = sum_ipv4(address, port);
        hdr.ip.ipv4.dst = address;
        set_dst_port(port);
    }

    action to_ipv6_backend(ipv6_address_t address, bit<16> port) {
        meta.before = sum_ipv6(hdr.ip.ipv6.dst, meta.flow.dst_port);
        meta.after = sum_ipv6(address, port);
        hdr.ip.ipv6.dst = address;
        set_dst_port(port);
    }

    action_selector(HashAlgorithm.crc32, SLOTS, 32) ipv4_backends;
    action_selector(HashAlgorithm.crc32, SLOTS, 32) ipv6_backends;

    // A service leads to a group of slots.
    table ipv4_services {
        key = {
            hdr.ip.ipv4.dst:    exact @name("address");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.dst_port: exact @name("port");
            hdr.ip.ipv4.src:    selector;
            meta.flow.src_port: selector;
            hdr.ip.ipv4.dst:    selector;
            meta.flow.dst_port: selector;
            meta.flow.protocol: selector;
        }
        actions = { to_ipv4_backend; NoAction; }
        default_action = NoAction();
        implementation = ipv4_backends;
        counters = ipv4_requests;
        size = 1024;
    }

    table ipv6_services {
        key = {
            hdr.ip.ipv6.dst:    exact @name("address");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.dst_port: exact @name("port");
            hdr.ip.ipv6.src:    selector;
            meta.flow.src_port: selector;
            hdr.ip.ipv6.dst:    selector;
            meta.flow.dst_port: selector;
            meta.flow.protocol: selector;
        }
        actions = { to_ipv6_backend; NoAction; }
        default_action = NoAction();
        implementation = ipv6_backends;
        counters = ipv6_requests;
        size = 1024;
    }

    // ---- and back ----

    action set_src_port(bit<16> port) {
        meta.rewritten = true;
        if (hdr.ip.tcp.isValid()) {
            hdr.ip.tcp.src_port = port;
        } else {
            hdr.ip.udp.src_port = port;
        }
    }

    action from_ipv4_service(ipv4_address_t address, bit<16> port) {
        meta.before = sum_ipv4(hdr.ip.ipv4.src, meta.flow.src_port);
        meta.after = sum_ipv4(address, port);
        hdr.ip.ipv4.src = address;
        set_src_port(port);
    }

    action from_ipv6_service(ipv6_address_t address, bit<16> port) {
        meta.before = sum_ipv6(hdr.ip.ipv6.src, meta.flow.src_port);
        meta.after = sum_ipv6(address, port);
        hdr.ip.ipv6.src = address;
        set_src_port(port);
    }

    // Which service a backend's answer belongs to.
    table ipv4_answers {
        key = {
            hdr.ip.ipv4.src:    exact @name("address");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.src_port: exact @name("port");
        }
        actions = { from_ipv4_service; NoAction; }
        default_action = NoAction();
        size = 4096;
    }

    table ipv6_answers {
        key = {
            hdr.ip.ipv6.src:    exact @name("address");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.src_port: exact @name("port");
        }
        actions = { from_ipv6_service; NoAction; }
        default_action = NoAction();
        size = 4096;
    }

    // ---- the way on ----

    action next_hop(port_t port, mac_t src, mac_t dst) {
        std.egress_spec = port;
        hdr.ethernet.src = src;
        hdr.ethernet.dst = dst;
    }

    action no_route() {
        drop(drop_t.NO_ROUTE);
    }

    table ipv4_routes {
        key = { hdr.ip.ipv4.dst: lpm @name("dst"); }
        actions = { next_hop; no_route; }
        default_action = no_route();
        size = 65536;
    }

    table ipv6_routes {
        key = { hdr.ip.ipv6.dst: lpm @name("dst"); }
        actions = { next_hop; no_route; }
        default_action = no_route();
        size = 65536;
    }

    action repair_checksums() {
        if (hdr.ip.tcp.isValid()) {
            hdr.ip.tcp.checksum = replace(hdr.ip.tcp.checksum, meta.before, meta.after);
        } else if (hdr.ip.udp.isValid() && hdr.ip.udp.checksum != 0) {
            // Of UDP, 0 says that there is none, and a sum of 0 is written as 0xffff (RFC 768).
            bit<16> sum = replace(hdr.ip.udp.checksum, meta.before, meta.after);
            hdr.ip.udp.checksum = sum == 0 ? 16w0xffff : sum;
        }
    }

    apply {
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop(drop_t.MALFORMED);
            exit;
        }
        bool ported = hdr.ip.tcp.isValid() || hdr.ip.udp.isValid();
        if (hdr.ip.ipv4.isValid()) {
            if (hdr.ip.ipv4.ttl <= 1) {
                drop(drop_t.TTL_EXPIRED);
                exit;
            }
            hdr.ip.ipv4.ttl = hdr.ip.ipv4.ttl - 1;
            if (ported) {
                if (hdr.ip.ipv4.more_fragments == 0 && ipv4_services.apply().miss) {
                    ipv4_answers.apply();
                }
                if (meta.rewritten) {
                    repair_checksums();
                }
            }
            ipv4_routes.apply();
        } else if (hdr.ip.ipv6.isValid()) {
            if (hdr.ip.ipv6.hop_limit <= 1) {
                drop(drop_t.TTL_EXPIRED);
                exit;
            }
            hdr.ip.ipv6.hop_limit = hdr.ip.ipv6.hop_limit - 1;
            if (ported) {
                if (!hdr.ip.ipv6_fragment.isValid() && ipv6_services.apply().miss) {
                    ipv6_answers.apply();
                }
                if (meta.rewritten) {
                    repair_checksums();
                }
            }
            ipv6_routes.apply();
        } else {
            drop(drop_t.NOT_IP);
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ip.ipv4.isValid(), IPV4_SUMMED(hdr.ip.ipv4, hdr.ip.ipv4_options),
                        hdr.ip.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
