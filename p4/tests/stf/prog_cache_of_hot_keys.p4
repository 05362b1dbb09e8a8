/* -*- P4_16 -*-
 * A cache of hot keys inside the network, in front of a key-value server.
 */
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>
#include "../include/words.h"

typedef bit<48> mac_t;
typedef bit<32> ip4_t;
typedef bit<128> kvkey_t;
type bit<16> slot_t;

enum bit<8> op_t { GET = 1, PUT = 2, DEL = 3, REPLY = 0x81, DONE = 0x82, GONE = 0x83 }

header eth_h  { mac_t d; mac_t s; bit<16> t; }
header ip_h   { bit<4> v; bit<4> ihl; bit<8> tos; bit<16> len; bit<16> id; bit<3> fl; bit<13> off; bit<8> ttl; bit<8> proto; bit<16> sum; ip4_t s; ip4_t d; }
header udp_h  { bit<16> s; bit<16> d; bit<16> len; bit<16> sum; }
header kv_h   { op_t op; bit<8> seq; kvkey_t key; }
header word_h { bit<32> word; }

struct headers { eth_h eth; ip_h ip; udp_h udp; kv_h kv; word_h[WORDS] value; }
struct metadata {
    slot_t slot;
    bool cached;
    bit<1> valid;
    @field_list(1, 3)
    bit<16> heat;
    bit<4> words_left;
}
struct hot_key_t { kvkey_t key; bit<16> heat; PortId_t from; }

parser P(packet_in b, out headers hdr, inout metadata meta, inout standard_metadata_t sm) {
    state start { b.extract(hdr.eth); transition select(hdr.eth.t) { 0x800: l3; default: accept; } }
    state l3 {
        b.extract(hdr.ip);
        transition select(hdr.ip.ihl, hdr.ip.off, hdr.ip.proto) {
            (5, 0, 17): l4;
            (_, _, _): accept;
        }
    }
    state l4 {
        b.extract(hdr.udp);
        transition select(hdr.udp.s, hdr.udp.d) {
            (KV_PORT, _): kv;
            (_, KV_PORT): kv;
            default: accept;
        }
    }
    state kv {
        b.extract(hdr.kv);
        meta.words_left = WORDS;
        transition select(hdr.kv.op) {
            op_t.PUT: value;
            op_t.REPLY: value;
            default: accept;
        }
    }
    state value {
        b.extract(hdr.value.next);
        meta.words_left = meta.words_left - 1;
        transition select(meta.words_left) { 0: accept; _: value; }
    }
}

control V(inout headers hdr, inout metadata meta) { apply { verify_checksum(hdr.ip.isValid() && hdr.ip.ihl == 5,
    { hdr.ip.v, hdr.ip.ihl, hdr.ip.tos, hdr.ip.len, hdr.ip.id, hdr.ip.fl, hdr.ip.off, hdr.ip.ttl, hdr.ip.proto, hdr.ip.s, hdr.ip.d },
    hdr.ip.sum, HashAlgorithm.csum16); } }

control I(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) {
    EACH_WORD(DECLARE_BANK)
    register<bit<1>, slot_t>(SLOTS) valid;
    register<bit<16>, bit<32>>(256) row0;
    register<bit<16>, bit<32>>(256) row1;
    counter<slot_t>(SLOTS, CounterType.packets) hits;
    counter<bit<1>>(2, CounterType.packets_and_bytes) misses;

    action use(slot_t slot) { meta.slot = slot; meta.cached = true; }
    action none() { meta.cached = false; }
    table cache {
        key = { hdr.kv.key: exact @name("key"); }
        actions = { use; @defaultonly none; }
        const default_action = none;
        size = SLOTS;
    }
    action route(PortId_t port, mac_t nh) { sm.egress_spec = port; hdr.eth.s = hdr.eth.d; hdr.eth.d = nh; hdr.ip.ttl = hdr.ip.ttl |-| 1; }
    action drop() { mark_to_drop(sm); }
    table fib {
        key = { hdr.ip.d: lpm; }
        actions = { route; drop; }
        default_action = drop();
    }

#define SKETCH(row, algo, v) { \
        bit<32> at; \
        hash(at, HashAlgorithm.algo, 32w0, { hdr.kv.key }, 32w256); \
        row.read(v, at); \
        v = v |+| 1; \
        row.write(at, v); \
    }
    action sketch() {
        bit<16> a;
        bit<16> b;
        SKETCH(row0, crc32, a)
        SKETCH(row1, crc16, b)
        meta.heat = a < b ? a : b;
    }
#undef SKETCH

    action turn(op_t op, bit<16> payload) {
        mac_t m = hdr.eth.d; hdr.eth.d = hdr.eth.s; hdr.eth.s = m;
        ip4_t a = hdr.ip.d;  hdr.ip.d = hdr.ip.s;   hdr.ip.s = a;
        bit<16> p = hdr.udp.d; hdr.udp.d = hdr.udp.s; hdr.udp.s = p;
        hdr.udp.len = 8 + payload; hdr.ip.len = 28 + payload;
        hdr.udp.sum = 0;
        hdr.kv.op = op;
        sm.egress_spec = sm.ingress_port;
    }

    apply {
        if (sm.checksum_error == 1 || sm.parser_error != error.NoError) { drop(); exit; }
        if (!hdr.kv.isValid()) { if (hdr.ip.isValid()) fib.apply(); else drop(); return; }
        switch (hdr.kv.op) {
            op_t.GET: {
                if (cache.apply().hit) {
                    valid.read(meta.valid, meta.slot);
                    if (meta.valid == 1) {
                        EACH_WORD(LOAD_WORD)
                        hits.count(meta.slot);
                        turn(op_t.REPLY, 18 + 4 * WORDS);
                        return;
                    }
                }
                else {
                    sketch();
                    if (meta.heat == 3) digest<hot_key_t>(1, { hdr.kv.key, meta.heat, sm.ingress_port });
                }
                misses.count((bit<1>)meta.cached);
            }
            op_t.PUT:
            op_t.DEL: {
                cache.apply();
                if (meta.cached) valid.write(meta.slot, 0);
            }
            op_t.REPLY: {
                if (cache.apply().hit) {
                    EACH_WORD(STORE_WORD)
                    valid.write(meta.slot, 1);
                }
            }
            default: {}
        }
        fib.apply();
    }
}
control E(inout headers hdr, inout metadata meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers hdr, inout metadata meta) { apply { update_checksum(hdr.ip.isValid() && hdr.ip.ihl == 5,
    { hdr.ip.v, hdr.ip.ihl, hdr.ip.tos, hdr.ip.len, hdr.ip.id, hdr.ip.fl, hdr.ip.off, hdr.ip.ttl, hdr.ip.proto, hdr.ip.s, hdr.ip.d },
    hdr.ip.sum, HashAlgorithm.csum16); } }
control D(packet_out b, in headers hdr) { apply { b.emit(hdr.eth); b.emit(hdr.ip); b.emit(hdr.udp); b.emit(hdr.kv); b.emit(hdr.value); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
