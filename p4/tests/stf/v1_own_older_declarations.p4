// A program that declares v1model itself, as it was once: fewer fields of the standard metadata, mark_to_drop without arguments,
// headers that the verification may only read.
#include <core.p4>

match_kind { range, selector }

struct standard_metadata_t {
    bit<9> ingress_port;
    bit<9> egress_spec;
    bit<9> egress_port;
    bit<32> clone_spec;
    bit<32> instance_type;
    bit<1> drop;
    bit<16> recirculate_port;
    bit<32> packet_length;
}

enum CounterType { packets, bytes }
enum HashAlgorithm { crc32, crc16, identity }

extern Checksum16 {
    Checksum16();
    bit<16> get<D>(in D data);
}
extern counter {
    counter(bit<32> size, CounterType type);
    void count(in bit<32> index);
}
extern register<T> {
    register(bit<32> size);
    void read(out T result, in bit<32> index);
    void write(in bit<32> index, in T value);
}
extern void mark_to_drop();
extern void hash<O, T, D, M>(out O result, in HashAlgorithm algo, in T base, in D data, in M max);

parser Parser<H, M>(packet_in b, out H parsed, inout M meta, inout standard_metadata_t standard);
control VerifyChecksum<H, M>(in H hdr, inout M meta);
control Ingress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard);
control Egress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard);
control ComputeChecksum<H, M>(inout H hdr, inout M meta);
control Deparser<H>(packet_out b, in H hdr);
package V1Switch<H, M>(Parser<H, M> p, VerifyChecksum<H, M> vr, Ingress<H, M> ig, Egress<H, M> eg,
                       ComputeChecksum<H, M> ck, Deparser<H> dep);

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> sum;
}

struct headers_t {
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(in headers_t hdr, inout meta_t meta) {
    Checksum16() unit;
    apply {
        if (hdr.h.sum != unit.get({ hdr.h.a, hdr.h.b })) {
            mark_to_drop();
        }
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<8>>(4) seen;
    counter(4, CounterType.packets) all;
    action forward(bit<9> port) { std.egress_spec = port; }
    action drop() { mark_to_drop(); }
    table t {
        key = { hdr.h.a: exact; }
        actions = { forward; drop; }
        default_action = drop();
        const entries = {
            1: forward(3);
        }
    }
    apply {
        bit<8> count;
        all.count(1);
        seen.read(count, 1);
        seen.write(1, count + 1);
        hdr.h.b = count;
        t.apply();
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (std.egress_port == 3 && std.packet_length == 4) { hdr.h.b = hdr.h.b + 16; }
    }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    Checksum16() unit;
    apply { hdr.h.sum = unit.get({ hdr.h.a, hdr.h.b }); }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply { pkt.emit(hdr.h); }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
