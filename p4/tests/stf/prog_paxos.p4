// Single-decree-per-instance Paxos in the data plane: leader, acceptor and learner by constructor parameters.
#include <core.p4>
#include <v1model.p4>

#define INSTANCE_SIZE 32
#define VALUE_SIZE 256

typedef bit<INSTANCE_SIZE> instance_num_t;
typedef bit<16> round_t;
typedef bit<VALUE_SIZE> value_t;
typedef bit<16> msgtype_t;

const msgtype_t PAXOS_1A = 0;
const msgtype_t PAXOS_1B = 1;
const msgtype_t PAXOS_2A = 2;
const msgtype_t PAXOS_2B = 3;
const msgtype_t PAXOS_REQ = 4;
const msgtype_t PAXOS_DELIVER = 5;
const bit<32> WINDOW = 32w1024;
const bit<16> QUORUM = 2;

header ethernet_t { bit<48> dstAddr; bit<48> srcAddr; bit<16> etherType; }
header paxos_t {
    msgtype_t      msgtype;
    instance_num_t inst;
    round_t        rnd;
    round_t        vrnd;
    bit<16>        acptid;
    bit<32>        paxoslen;
    value_t        paxosval;
}
struct headers { ethernet_t ethernet; paxos_t paxos; }
struct paxos_metadata_t { round_t round; bit<1> set_drop; bit<8> role; bit<16> votes; }
struct metadata { paxos_metadata_t paxos_metadata; }

error { PaxosBadType }

parser TopParser(packet_in b, out headers p, inout metadata meta, inout standard_metadata_t standard_metadata) {
    state start { b.extract(p.ethernet); transition select(p.ethernet.etherType) { 16w0x88b5 : parse_paxos; default : accept; } }
    state parse_paxos {
        paxos_t tmp = b.lookahead<paxos_t>();
        verify(tmp.msgtype <= PAXOS_DELIVER, error.PaxosBadType);
        b.extract(p.paxos);
        transition accept;
    }
}
control TopVerify(inout headers hdr, inout metadata meta) { apply { } }

control Leader(inout paxos_t px)(bit<32> cells) {
    register<instance_num_t>(cells) registerInstance;
    @name("increase") action increase_instance() {
        registerInstance.read(px.inst, 0);
        px.inst = px.inst + 1;
        registerInstance.write(0, px.inst);
    }
    apply { @atomic { increase_instance(); } px.msgtype = PAXOS_2A; px.rnd = 0; px.vrnd = 0; }
}

control Acceptor(inout paxos_t px, inout paxos_metadata_t m)(bit<16> id, bit<32> window) {
    register<round_t>(window) registerRound;
    register<round_t>(window) registerVRound;
    register<value_t>(window) registerValue;

    action handle_1a() {
        px.msgtype = PAXOS_1B;
        registerVRound.read(px.vrnd, px.inst);
        registerValue.read(px.paxosval, px.inst);
        registerRound.write(px.inst, px.rnd);
        px.acptid = id;
        m.set_drop = 0;
    }
    action handle_2a() {
        px.msgtype = PAXOS_2B;
        registerRound.write(px.inst, px.rnd);
        registerVRound.write(px.inst, px.rnd);
        registerValue.write(px.inst, px.paxosval);
        px.acptid = id;
        m.set_drop = 0;
    }
    action _drop() { m.set_drop = 1; }
    table acceptor_tbl {
        key = { px.msgtype : exact; }
        actions = { handle_1a; handle_2a; _drop; }
        size = 4;
        default_action = _drop();
        const entries = { PAXOS_1A : handle_1a(); PAXOS_2A : handle_2a(); }
    }
    apply {
        registerRound.read(m.round, px.inst);
        if (m.round <= px.rnd) { acceptor_tbl.apply(); }
        else m.set_drop = 1;
    }
}

control Learner(inout paxos_t px, out bool deliver)(bit<32> window) {
    register<bit<64>>(window) seen;
    register<round_t>(window) highest;
    apply {
        deliver = false;
        bit<64> votes;
        round_t top;
        highest.read(top, px.inst);
        seen.read(votes, px.inst);
        if (px.rnd < top) return;
        if (px.rnd > top) { votes = 0; highest.write(px.inst, px.rnd); }
        bit<64> before = votes;
        votes = votes | (64w1 << (bit<8>)px.acptid);
        seen.write(px.inst, votes);
        bit<16> n = 0;
        for (bit<8> i in 8w0 .. 63) { if (votes[0:0] == 1) { n = n + 1; } votes = votes >> 1; }
        bit<16> k = 0;
        for (bit<8> i in 8w0 .. 63) { k = k + (bit<16>)before[0:0]; before >>= 1; }
        deliver = n == QUORUM && k + 1 == QUORUM;
    }
}

control TopIngress(inout headers hdr, inout metadata meta, inout standard_metadata_t standard_metadata) {
    Leader(1) leader;
    Acceptor(id = 7, window = WINDOW) acceptor;
    Learner(WINDOW) learner;
    action forward(bit<9> port, bit<8> role) { standard_metadata.egress_spec = port; meta.paxos_metadata.role = role; }
    action spread(bit<16> group, bit<8> role) { standard_metadata.mcast_grp = group; meta.paxos_metadata.role = role; }
    action _drop() { mark_to_drop(standard_metadata); }
    table role_tbl {
        key = { standard_metadata.ingress_port : exact; hdr.paxos.msgtype : ternary; }
        actions = { forward; spread; _drop; }
        default_action = _drop;
    }
    apply {
        if (standard_metadata.parser_error == error.PaxosBadType) { _drop(); }
        else if (hdr.paxos.isValid()) {
            if (role_tbl.apply().miss) { exit; }
            if (meta.paxos_metadata.role == 1) leader.apply(hdr.paxos);
            else if (meta.paxos_metadata.role == 2) {
                acceptor.apply(hdr.paxos, meta.paxos_metadata);
                if (meta.paxos_metadata.set_drop == 1) _drop();
            } else if (meta.paxos_metadata.role == 3) {
                bool deliver;
                learner.apply(hdr.paxos, deliver);
                if (deliver) hdr.paxos.msgtype = PAXOS_DELIVER; else _drop();
            }
        } else _drop();
    }
}
control TopEgress(inout headers hdr, inout metadata meta, inout standard_metadata_t standard_metadata) {
    apply { if (standard_metadata.egress_rid != 0) hdr.ethernet.srcAddr[15:0] = standard_metadata.egress_rid; }
}
control TopCompute(inout headers hdr, inout metadata meta) { apply { } }
control TopDeparser(packet_out packet, in headers hdr) { apply { packet.emit(hdr.ethernet); packet.emit(hdr.paxos); } }
V1Switch(TopParser(), TopVerify(), TopIngress(), TopEgress(), TopCompute(), TopDeparser()) main;
