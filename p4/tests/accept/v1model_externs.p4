// Extern objects and functions of v1model in every use.
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<16> b; }
struct H { h_t h; }
struct M {
    @field_list(1, 2) bit<8> x;
    @field_list(2) bit<16> y;
    bit<2> color;
}
parser P(packet_in b, out H h, inout M m, inout standard_metadata_t s) {
    state start {
        b.extract(h.h);
        log_msg("parsed {}", { h.h.a });
        transition accept;
    }
}
control V(inout H h, inout M m) {
    apply {
        verify_checksum(h.h.isValid(), { h.h.a }, h.h.b, HashAlgorithm.csum16);
        verify_checksum_with_payload(false, { h.h.a, m.x }, h.h.b, HashAlgorithm.crc16);
    }
}
control I(inout H h, inout M m, inout standard_metadata_t s) {
    counter(16, CounterType.packets_and_bytes) k;
    direct_counter(CounterType.packets) dk;
    meter(16, MeterType.bytes) mt;
    direct_meter<bit<2>>(MeterType.packets) dm;
    register<bit<32>>(16) r;
    action_profile(16) ap;
    action_selector(HashAlgorithm.crc16, 16, 14) as_;
    action plain(bit<9> p) { s.egress_spec = p; }
    action counted(bit<9> p) {
        dk.count();
        s.egress_spec = p;
    }
    action metered() { dm.read(m.color); }
    table t {
        key = { h.h.a: exact; }
        actions = { counted; NoAction; }
        counters = dk;
    }
    table u {
        key = { h.h.b: range; m.x: optional; }
        actions = { metered; NoAction; }
        meters = dm;
    }
    table v {
        key = { h.h.a: exact; }
        actions = { plain; NoAction; }
        implementation = ap;
    }
    table w {
        key = { h.h.a: lpm; h.h.b: selector; m.x: selector; }
        actions = { plain; NoAction; }
        implementation = as_;
    }
    table x {
        key = { h.h.a: exact; }
        actions = { plain; NoAction; }
        implementation = action_profile(32w128);
    }
    apply {
        bit<32> n;
        k.count(3);
        mt.execute_meter(0, m.color);
        mt.execute_meter<bit<2>>(0, m.color);
        r.read(n, 2);
        r.write(2, n + 1);
        random(n, 0, 32w99);
        random<bit<8>>(m.x, 1, 6);
        hash(m.y, HashAlgorithm.crc32, 16w0, { h.h.a, m.x }, 16w1024);
        digest<tuple<bit<8>, bit<16>>>(1, { h.h.a, h.h.b });
        digest(2, { h.h.a });
        clone(CloneType.I2E, 5);
        clone_preserving_field_list(CloneType.I2E, 5, 1);
        resubmit_preserving_field_list(2);
        truncate(64);
        assert(n < 1000);
        assume(true);
        t.apply();
        u.apply();
        v.apply();
        w.apply();
        x.apply();
        mark_to_drop(s);
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) {
    apply {
        clone_preserving_field_list(CloneType.E2E, 5, 2);
        recirculate_preserving_field_list(1);
    }
}
control C(inout H h, inout M m) {
    apply {
        update_checksum(true, { h.h.a }, h.h.b, HashAlgorithm.csum16);
        update_checksum_with_payload(h.h.isValid(), { h.h.a }, h.h.b, HashAlgorithm.csum16);
    }
}
control D(packet_out b, in H h) { apply { b.emit(h); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
