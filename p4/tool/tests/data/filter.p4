// An architecture of its own, with a match kind, externs and table properties that nobody else knows.
#include <core.p4>

match_kind {
    fuzzy,
    range
}

extern Quota {
    Quota();
    Quota(bit<32> packets, string unit);
    bool spend(in bit<16> bytes);
}

extern register<T> {
    register();
    T read();
}

parser Reads<H>(packet_in packet, out H headers);
control Decides<H>(inout H headers, out bool accept);
package Stage<H>(Reads<H> reads, Decides<H> decides);
package Filter<H>(Stage<H> first, @optional Stage<H> second, bit<8> level = 3);

@controller_header("packet_in")
header punted_t {
    bit<9> port;
    bit<7> padding;
}

header eth_t {
    bit<48> dst;
    bit<16> kind;
}

struct headers_t {
    eth_t eth;
    punted_t punted;
}

parser Read(packet_in packet, out headers_t headers) {
    @size_hint(8) value_set<bit<16>>(4) kinds;
    state start {
        packet.extract(headers.eth);
        transition select(headers.eth.kind) {
            kinds: accept;
            _: reject;
        }
    }
}

control Decide(inout headers_t headers, out bool accept)(bit<16> bytes) {
    Quota(100, "packets") quota;
    register<bit<8>>() seen;
    action permit() { accept = quota.spend(bytes); }
    action deny(@name("why") bit<8> reason) { accept = seen.read() == reason; }
    table stations {
        key = {
            headers.eth.dst: fuzzy;
            headers.eth.kind: range @name("kind");
        }
        actions = { permit; deny; }
        const default_action = deny(1);
        implementation = Quota();
        shape = "round";
        size = 32;
    }
    apply {
        accept = false;
        stations.apply();
    }
}

Stage(Read(), Decide(64)) one;
Filter(first = one) main;
