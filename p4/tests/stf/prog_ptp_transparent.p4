// A transparent clock (IEEE 1588, 2-step and 1-step): what an event message waits in the switch is added to its correctionField,
// nanoseconds times 2^16 in a signed 64-bit number, over Ethernet with and without a VLAN tag and over UDP, whose checksum is
// cleared. The time is read from a table by port, so that a test knows it. General messages pass; those for the link and LLDP
// and LACP, which are for the switch itself, go to the control plane with the port they came in by in front.
#include <core.p4>
#include <v1model.p4>

#define CPU 63

enum bit<4> message_t {
    SYNC = 0, DELAY_REQ = 1, PDELAY_REQ = 2, PDELAY_RESP = 3, FOLLOW_UP = 8, DELAY_RESP = 9, ANNOUNCE = 0xb
}
typedef int<64> correction_t;
type bit<48> mac_t;

header packet_in_t {
    bit<9> port;
    bit<7> why;
}
header ethernet_t {
    mac_t   dst;
    mac_t   src;
    bit<16> type;
}
header tag_t {
    bit<3>  priority;
    bit<1>  dei;
    bit<12> vlan;
    bit<16> type;
}
header ipv4_t {
    bit<8>  version_ihl;
    bit<8>  tos;
    bit<16> length;
    bit<32> id_fragment;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> checksum;
    bit<64> addresses;
}
header udp_t {
    bit<32> ports;
    bit<16> length;
    bit<16> checksum;
}
header ptp_t {
    bit<4>       sdo;
    message_t    type;
    bit<4>       minor;
    bit<4>       version;
    bit<16>      length;
    bit<8>       domain;
    bit<8>       reserved;
    bit<16>      flags;
    correction_t correction;
    bit<32>      rest;
    bit<80>      source;
    bit<16>      sequence;
    bit<16>      control_interval;
}

struct headers_t {
    packet_in_t up;
    ethernet_t  eth;
    tag_t[2]    tags;
    ipv4_t      ip;
    udp_t       udp;
    ptp_t       ptp;
}

struct meta_t {
    bit<16> type;
    int<48> residence;
}

const mac_t LINK = (mac_t) 48w0x0180c2000000;

parser Tagged(packet_in pkt, inout tag_t[2] tags, inout bit<16> type) {
    state start {
        transition select(type) {
            0x8100: one;
            0x88a8: one;
            default: accept;
        }
    }
    state one {
        pkt.extract(tags.next);
        type = tags.last.type;
        transition start;
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Tagged() tagged;
    state start {
        pkt.extract(hdr.eth);
        meta.type = hdr.eth.type;
        tagged.apply(pkt, hdr.tags, meta.type);
        transition select(meta.type) {
            0x88f7: ptp;
            0x0800: ip;
            default: accept;
        }
    }
    state ip {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.protocol, hdr.ip.version_ihl, hdr.ip.id_fragment[13:0]) {
            (17, 0x45, 0): udp;
            default: accept;
        }
    }
    state udp {
        pkt.extract(hdr.udp);
        transition select(hdr.udp.ports[15:0]) {
            319 .. 320: ptp;
            default: accept;
        }
    }
    state ptp {
        pkt.extract(hdr.ptp);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action send(bit<9> port) {
        std.egress_spec = port;
    }
    action punt(bit<7> why) {
        std.egress_spec = CPU;
        hdr.up = { std.ingress_port, why };
    }
    table protocols {
        key = {
            hdr.eth.dst : ternary @name("dst");
            meta.type   : optional @name("type");
        }
        actions = { punt; @defaultonly NoAction; }
        const entries = {
            ((mac_t) 48w0x0180c200000e, 0x88cc) : punt(1);
            ((mac_t) 48w0x0180c2000002, 0x8809) : punt(2);
            (LINK &&& (mac_t) 48w0xfffffffffff0, _) : punt(3);
        }
    }
    table ports {
        key = { std.ingress_port : exact @name("in"); }
        actions = { send; NoAction; }
    }
    // How long a packet of this port stays in the switch; a negative number takes an asymmetry of the link away.
    action stays(int<48> nanoseconds) {
        meta.residence = nanoseconds;
    }
    table clock {
        key = {
            std.ingress_port : exact @name("in");
            hdr.ptp.type : exact @name("message");
        }
        actions = { stays; NoAction; }
    }
    apply {
        if (protocols.apply().hit) {
            return;
        }
        ports.apply();
        if (hdr.ptp.isValid() && hdr.ptp.version == 2 && clock.apply().hit) {
            switch (hdr.ptp.type) {
                message_t.SYNC:
                message_t.DELAY_REQ:
                message_t.PDELAY_REQ:
                message_t.PDELAY_RESP: {
                    hdr.ptp.correction = hdr.ptp.correction |+| ((int<64>) meta.residence << 16);
                    if (hdr.udp.isValid()) {
                        hdr.udp.checksum = 0;
                    }
                }
            }
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
