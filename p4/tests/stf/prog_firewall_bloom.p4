// A stateful firewall: connections from inside are remembered in a Bloom filter of two registers.
#include <core.p4>
#include <v1model.p4>

header ip_t {
    bit<32> src;
    bit<32> dst;
    bit<8> protocol;
}
header tcp_t {
    bit<16> sport;
    bit<16> dport;
    bit<6> pad;
    bit<1> syn;
    bit<1> fin;
}
#define CELLS 4096

struct headers_t {
    ip_t ip;
    tcp_t tcp;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.protocol) {
            6: tcp;
            default: accept;
        }
    }
    state tcp {
        pkt.extract(hdr.tcp);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<1>>(CELLS) one;
    register<bit<1>>(CELLS) two;
    bit<32> at_one;
    bit<32> at_two;
    bit<1> inside = 0;
    action positions(in bit<32> a, in bit<32> b, in bit<16> p, in bit<16> q) {
        hash(at_one, HashAlgorithm.crc16, 32w0, { a, b, hdr.ip.protocol, p, q }, 32w4096);
        hash(at_two, HashAlgorithm.crc32, 32w0, { a, b, hdr.ip.protocol, p, q }, 32w4096);
    }
    action direction(bit<1> from_inside) {
        inside = from_inside;
    }
    table ports {
        key = { std.ingress_port: exact; }
        actions = { direction; NoAction; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = std.ingress_port ^ 1;
        if (!hdr.tcp.isValid()) { return; }
        ports.apply();
        if (inside == 1) {
            positions(hdr.ip.src, hdr.ip.dst, hdr.tcp.sport, hdr.tcp.dport);
            if (hdr.tcp.syn == 1) {
                one.write(at_one, 1);
                two.write(at_two, 1);
            }
        } else {
            positions(hdr.ip.dst, hdr.ip.src, hdr.tcp.dport, hdr.tcp.sport);
            bit<1> x;
            bit<1> y;
            one.read(x, at_one);
            two.read(y, at_two);
            if (x & y == 0) { mark_to_drop(std); }
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
