// A count-min sketch: three rows of counters by three hashes. A flow that grows beyond a limit is told to the controller once, by a
// copy with a header in front of it.
#include <core.p4>
#include <v1model.p4>

#define ROWS 3
#define COLUMNS 1024
#define CONTROLLER 64

const bit<32> REPORT_SESSION = 100;
const bit<32> CLONED = 1;

@controller_header("packet_in")
header report_t {
    bit<9> ingress_port;
    bit<7> _padding;
    bit<32> count;
}

header flow_t {
    bit<32> src;
    bit<32> dst;
    bit<8> protocol;
}

header ports_t {
    bit<16> src;
    bit<16> dst;
}

struct headers_t {
    report_t report;
    flow_t flow;
    ports_t ports;
}

struct meta_t {
    @field_list(1)
    bit<32> count;
    @field_list(1)
    bit<9> came_by;
    bit<32> limit;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.flow);
        transition select(hdr.flow.protocol) {
            6 &&& 0xff: ports;
            17 .. 17: ports;
            _: accept;
        }
    }
    state ports {
        pkt.extract(hdr.ports);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

// One row; `least` becomes the least of all rows.
control Row(in headers_t hdr, inout bit<32> least)(HashAlgorithm algorithm, bit<16> salt) {
    register<bit<32>>(COLUMNS) cells;
    apply {
        bit<32> at;
        bit<32> count;
        hash(at, algorithm, 32w0, { salt, hdr.flow.src, hdr.flow.dst, hdr.flow.protocol, hdr.ports }, (bit<32>) COLUMNS);
        @atomic {
            cells.read(count, at);
            count = count |+| 1;
            cells.write(at, count);
        }
        if (count < least) {
            least = count;
        }
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Row(HashAlgorithm.crc16, 0x5a5a) first;
    Row(HashAlgorithm.crc32, 0) second;
    Row(algorithm = HashAlgorithm.csum16, salt = 77) third;

    action limited(bit<32> limit) {
        meta.limit = limit;
    }
    table limits {
        key = { hdr.flow.protocol: range @name("protocol"); hdr.ports.dst: optional @name("port"); }
        actions = { limited; }
        default_action = limited(0xffffffff);
        entries = {
            (6, 80): limited(3);
        }
    }
    apply {
        std.egress_spec = 1;
        meta.count = ~32w0;
        first.apply(hdr, meta.count);
        second.apply(hdr, meta.count);
        third.apply(hdr, meta.count);
        limits.apply();
        if (meta.count == meta.limit) {
            meta.came_by = std.ingress_port;
            clone_preserving_field_list(CloneType.I2E, REPORT_SESSION, 1);
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (std.instance_type == CLONED) {
            hdr.report = { meta.came_by, 0, meta.count };
            truncate(hdr.report.minSizeInBytes() + 9);
        }
    }
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
