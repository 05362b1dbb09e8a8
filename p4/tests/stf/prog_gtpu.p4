// A GTP-U user plane function (TS 29.281): up-link packets are matched by their TEID, taken out of the tunnel behind the
// optional fields and any extension headers, and metered by session; down-link ones are found by their address and put into a
// tunnel with a PDU session container, with lengths and checksum. Echo requests go to the control plane.
#include <core.p4>
#include <v1model.p4>

#define CPU 63
const bit<16> GTPU_PORT = 2152;

enum bit<8> gtp_t { ECHO_REQUEST = 1, ECHO_RESPONSE = 2, ERROR = 26, END_MARKER = 254, G_PDU = 255 }

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header ipv4_t {
    bit<4>  version;
    bit<4>  ihl;
    bit<8>  tos;
    bit<16> length;
    bit<16> id;
    bit<16> fragment;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}
header udp_t {
    bit<16> src;
    bit<16> dst;
    bit<16> length;
    bit<16> checksum;
}
header gtp_h {
    bit<3>  version;
    bit<1>  pt;
    bit<1>  spare;
    bool    has_ext;
    bool    has_seq;
    bool    has_npdu;
    gtp_t   type;
    bit<16> length;
    bit<32> teid;
}
header gtp_opt_h {
    bit<16> seq;
    bit<8>  npdu;
    bit<8>  next;
}
// Each is `words` times 4 bytes long, the last byte says what comes next.
header gtp_ext_h {
    bit<8>       words;
    varbit<2016> content;
}
header pdu_container_t {
    bit<8> words;
    bit<4> type;
    bit<4> spare;
    bit<2> flags;
    bit<6> qfi;
    bit<8> next;
}

struct headers_t {
    ethernet_t      eth;
    ipv4_t          outer;
    udp_t           udp;
    gtp_h           gtp;
    gtp_opt_h       opt;
    gtp_ext_h[4]    ext;
    pdu_container_t pdu;
    ipv4_t          ip;
}

struct meta_t {
    bit<8>  last_next;
    bool    up;
    bit<32> session;
}

error { BadTunnel, EmptyExtension }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.eth);
        transition select(hdr.eth.type) {
            0x0800: first_ip;
            default: accept;
        }
    }
    state first_ip {
        ipv4_t ip = pkt.lookahead<ipv4_t>();
        transition select(ip.ihl, ip.protocol, ip.fragment & 0x3fff) {
            (5, 17, 0): maybe_tunnel;
            default: inner;
        }
    }
    state maybe_tunnel {
        // The port of the UDP header behind 20 bytes of IPv4.
        transition select(pkt.lookahead<bit<192>>()[15:0]) {
            GTPU_PORT: tunnel;
            default: inner;
        }
    }
    state tunnel {
        pkt.extract(hdr.outer);
        pkt.extract(hdr.udp);
        pkt.extract(hdr.gtp);
        verify(hdr.gtp.version == 1 && hdr.gtp.pt == 1, error.BadTunnel);
        transition select(hdr.gtp.has_ext, hdr.gtp.has_seq, hdr.gtp.has_npdu) {
            (false, false, false): content;
            default: options;
        }
    }
    state options {
        pkt.extract(hdr.opt);
        meta.last_next = hdr.opt.next;
        transition select(hdr.gtp.has_ext) {
            true: extensions;
            false: content;
        }
    }
    state extensions {
        transition select(meta.last_next) {
            0: content;
            default: extension;
        }
    }
    state extension {
        bit<8> words = pkt.lookahead<bit<8>>();
        verify(words != 0, error.EmptyExtension);
        bit<32> bits = ((bit<32>) words << 5) - 8;
        pkt.extract(hdr.ext.next, bits - 8);
        meta.last_next = pkt.lookahead<bit<8>>();
        pkt.advance(8);
        transition extensions;
    }
    state content {
        transition select(hdr.gtp.type) {
            gtp_t.G_PDU: inner;
            default: accept;
        }
    }
    state inner {
        pkt.extract(hdr.ip);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    counter(16, CounterType.packets_and_bytes) up;
    counter(16, CounterType.packets) down;

    action drop() {
        mark_to_drop(std);
    }
    action punt() {
        std.egress_spec = CPU;
    }

    action decapsulate(bit<32> session) {
        meta.session = session;
        meta.up = true;
        up.count(session);
        hdr.outer.setInvalid();
        hdr.udp.setInvalid();
        hdr.gtp.setInvalid();
        hdr.opt.setInvalid();
        hdr.ext.pop_front(4);
    }
    table uplink {
        key = {
            hdr.gtp.teid : exact @name("teid");
            hdr.outer.src : ternary @name("gnb");
        }
        actions = { decapsulate; drop; punt; }
        default_action = punt;
        size = 1024;
    }

    action encapsulate(bit<32> session, bit<32> teid, bit<32> gnb, bit<6> qfi) {
        meta.session = session;
        down.count(session);
        hdr.pdu = { 1, 0, 0, 0, qfi, 0 };
        hdr.opt = { 0, 0, 0x85 };
        hdr.gtp = { 1, 1, 0, true, false, false, gtp_t.G_PDU, hdr.ip.length + 8, teid };
        hdr.udp = { GTPU_PORT, GTPU_PORT, hdr.ip.length + 24, 0 };
        hdr.outer = hdr.ip;
        hdr.outer.tos = qfi[5:0] ++ hdr.ip.tos[1:0];
        hdr.outer.length = hdr.ip.length + 44;
        hdr.outer.id = 0;
        hdr.outer.fragment = 0x4000;
        hdr.outer.ttl = 64;
        hdr.outer.protocol = 17;
        hdr.outer.src = 0x0a000001;
        hdr.outer.dst = gnb;
    }
    table downlink {
        key = { hdr.ip.dst : exact @name("ue"); }
        actions = { encapsulate; NoAction; }
        size = 1024;
    }

    action forward(bit<9> port, bit<48> mac) {
        std.egress_spec = port;
        hdr.eth.src = hdr.eth.dst;
        hdr.eth.dst = mac;
    }
    table route {
        key = { (hdr.outer.isValid() ? hdr.outer.dst : hdr.ip.dst) : lpm @name("dst"); }
        actions = { forward; drop; }
        default_action = drop;
        size = 1024;
    }

    apply {
        if (std.parser_error != error.NoError) {
            drop();
            return;
        }
        if (hdr.gtp.isValid()) {
            switch (hdr.gtp.type) {
                gtp_t.ECHO_REQUEST:
                gtp_t.ERROR: {
                    punt();
                    return;
                }
                gtp_t.G_PDU: {
                    if (uplink.apply().miss || !meta.up) {
                        return;
                    }
                }
                default: {
                    drop();
                    return;
                }
            }
        } else if (hdr.ip.isValid()) {
            downlink.apply();
        } else {
            drop();
            return;
        }
        if (hdr.ip.ttl <= 1) {
            punt();
            return;
        }
        hdr.ip.ttl = hdr.ip.ttl - 1;
        route.apply();
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control sum_of(inout ipv4_t ip) {
    apply {
        update_checksum(ip.isValid() && ip.ihl == 5,
            { ip.version, ip.ihl, ip.tos, ip.length, ip.id, ip.fragment, ip.ttl, ip.protocol, ip.src, ip.dst },
            ip.checksum, HashAlgorithm.csum16);
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        sum_of.apply(hdr.outer);
        sum_of.apply(hdr.ip);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr.eth);
        pkt.emit(hdr.outer);
        pkt.emit(hdr.udp);
        pkt.emit(hdr.gtp);
        pkt.emit(hdr.opt);
        pkt.emit(hdr.pdu);
        pkt.emit(hdr.ip);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
