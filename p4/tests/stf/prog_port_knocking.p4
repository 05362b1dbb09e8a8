// A door that opens for who knocks at three ports in order: a state machine for each address in a register. A wrong knock begins
// anew; the sequence is a constant of the program.
#include <core.p4>
#include <v1model.p4>

typedef bit<2> stage_t;
struct knock_t {
    bit<16> port;
    stage_t stage;
}

const tuple<knock_t, knock_t, knock_t> SEQUENCE = { { 7000, 1 }, { 8000, 2 }, { 9000, 3 } };
const bit<16> DOOR = 22;

header flow_t {
    bit<32> src;
    bit<16> port;
}

struct headers_t {
    flow_t flow;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.flow);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

bool knocks(in bit<16> port, in stage_t stage, in knock_t wanted) {
    return port == wanted.port && stage + 1 == wanted.stage;
}

stage_t after(in bit<16> port, in stage_t stage) {
    if (knocks(port, stage, SEQUENCE[0])) {
        return SEQUENCE[0].stage;
    } else if (knocks(port, stage, SEQUENCE[1])) {
        return SEQUENCE[1].stage;
    } else if (knocks(port, stage, SEQUENCE[2])) {
        return SEQUENCE[2].stage;
    }
    return port == SEQUENCE[0].port ? 2w1 : 0;
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<stage_t>(1 << 12) stages;
    apply {
        bit<12> who;
        hash(who, HashAlgorithm.crc16, 12w0, { hdr.flow.src }, 32w4096);
        stage_t stage;
        @atomic {
            stages.read(stage, (bit<32>) who);
            if (!(stage == 3 && hdr.flow.port == DOOR)) {
                stage = after(hdr.flow.port, stage);
                stages.write((bit<32>) who, stage);
                mark_to_drop(std);
                return;
            }
        }
        std.egress_spec = 1;
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
