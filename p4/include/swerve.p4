// swerve.p4: what swerve has beyond v1model, for programs that run in swerve-switch. The book's page "Roles, paths and
// punts" explains it.

#ifndef SWERVE_P4
#define SWERVE_P4

#include <v1model.p4>

// The egress_spec of packets for the kernel: they go up by the mirror of the interface that they came in by.
const bit<9> SWERVE_KERNEL_PORT = 510;

// A path: one way out, as `swervectl show paths` numbers it.
typedef bit<16> swerve_path_t;
const swerve_path_t SWERVE_NO_PATH = 0xffff;

// An interface: a port, or a VLAN on it.
typedef bit<16> swerve_interface_t;
const swerve_interface_t SWERVE_NO_INTERFACE = 0xffff;

// A VRF: whose routes a packet takes.
typedef bit<16> swerve_vrf_t;

// Why a packet is not simply forwarded. Each class of punts has a rate of its own; what cannot be delivered is answered by
// ICMP, as RFC 1812 and RFC 4443 have it, and is counted as a drop of that name.
enum bit<8> swerve_punt_t {
    LOCAL       = 0, // for the kernel: one of our own addresses, or simply because the program says so
    NOT_IP      = 1, // ARP, LLDP, ...
    MULTICAST   = 2, // link-layer or network-layer multicast or broadcast
    OPTIONS     = 3, // IPv4 options, link-local addresses: up if it concerns us, else forwarded or dropped as the RFCs say
    EXPIRED     = 4, // the TTL would become zero: up if it is for us, else time exceeded
    NO_ROUTE    = 5, // network unreachable
    NO_PATH     = 6, // every path is dead; the argument is the first of them
    UNREACHABLE = 7, // host unreachable
    UNRESOLVED  = 8, // no neighbor yet; the argument is the interface it would be on
    TOO_BIG     = 9, // larger than the MTU, which is the argument: fragmented where IPv4 allows it, else answered
    PROHIBITED  = 10 // communication administratively prohibited
}

// Why a packet is dropped: the name of the counter.
enum bit<8> swerve_drop_t {
    PROGRAM            = 0,
    TRUNCATED          = 1,
    BAD_HEADER         = 2,
    BAD_CHECKSUM       = 3,
    NOT_FOR_US         = 4,
    UNKNOWN_VLAN       = 5,
    MARTIAN_SOURCE     = 6,
    MARTIAN_DESTINATION = 7,
    BLACKHOLE          = 8,
    NO_ROUTE           = 9,
    DIRECTED_BROADCAST = 10,
    REVERSE_PATH       = 11
}

// The MAC address of a port; 0 where there is no such port.
@pure
extern bit<48> swerve_mac(in bit<9> port);

// The interface of frames that come in by a port with a VLAN id, 0 for frames without a tag; SWERVE_NO_INTERFACE where
// none is configured.
@pure
extern swerve_interface_t swerve_interface(in bit<9> port, in bit<12> vlan);

// The VRF of an interface: 0 is the default one, the others are numbered from 1 in the order of the configuration.
@pure
extern swerve_vrf_t swerve_vrf(in swerve_interface_t interface);

// Whether a path is live now: no detector says that it is dead.
@noSideEffects
extern bool swerve_path_live(in swerve_path_t path);

// A hash of the flow that the packet belonged to when it came in: addresses, protocol, ports (RFC 6438's flow label behind
// extension headers). As a selector key of a table with a protection group it is computed only for groups that need it.
@pure
extern bit<32> swerve_flow_hash();

// Hands the packet to the kernel: sets egress_spec, and mcast_grp to 0.
@pure
extern void swerve_punt(inout standard_metadata_t standard_metadata, in swerve_punt_t why, in bit<16> argument);

// Drops the packet for a reason: mark_to_drop with a name.
@pure
extern void swerve_drop(inout standard_metadata_t standard_metadata, in swerve_drop_t why);

// The `implementation` of a table whose entries lead to paths: weighted primaries, and backups in their order. The next hop is
// chosen by a hash among the live primaries, else it is the first live backup: a path's death is seen by the next packet.
//
// Of a table of routes (@swerve_role("ipv4_fib") or "ipv6_fib") the groups are those of the switch's routes. Any other table lists
// an action `forward(bit<16> path)`, whose entries name paths, and may list `no_live_path(bit<16> path)` for when none is left;
// its selector keys tell flows apart. `size` is the number of different sets of paths that its entries may have.
extern protection_group {
    protection_group(bit<32> size);
}

#endif
