// A calculator: the parser looks ahead for its magic, a table of constant entries picks the operation.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header calc_t {
    bit<8> p;
    bit<8> four;
    bit<8> version;
    bit<8> op;
    bit<32> a;
    bit<32> b;
    bit<32> result;
}

struct headers_t {
    ethernet_t ethernet;
    calc_t calc;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x1234: look;
            default: accept;
        }
    }
    state look {
        transition select(pkt.lookahead<calc_t>().p, pkt.lookahead<calc_t>().four, pkt.lookahead<calc_t>().version) {
            (0x50, 0x34, 0x01): calc;
            default: accept;
        }
    }
    state calc {
        pkt.extract(hdr.calc);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action answer(bit<32> result) {
        bit<48> mac = hdr.ethernet.dst;
        hdr.ethernet.dst = hdr.ethernet.src;
        hdr.ethernet.src = mac;
        hdr.calc.result = result;
        std.egress_spec = std.ingress_port;
    }
    action plus() { answer(hdr.calc.a + hdr.calc.b); }
    action minus() { answer(hdr.calc.a - hdr.calc.b); }
    action conj() { answer(hdr.calc.a & hdr.calc.b); }
    action disj() { answer(hdr.calc.a | hdr.calc.b); }
    action excl() { answer(hdr.calc.a ^ hdr.calc.b); }
    action drop() { mark_to_drop(std); }
    table calculate {
        key = { hdr.calc.op: exact; }
        actions = { plus; minus; conj; disj; excl; drop; }
        const default_action = drop();
        const entries = {
            0x2b: plus();
            0x2d: minus();
            0x26: conj();
            0x7c: disj();
            0x5e: excl();
        }
    }

    apply {
        if (hdr.calc.isValid()) {
            calculate.apply();
        } else {
            drop();
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
