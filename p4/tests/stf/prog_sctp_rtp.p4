// What is in SCTP (RFC 9260) and RTP (RFC 3550) packets: the chunks of an association with their padding, one after the other,
// and the CRC32c over all of it; of RTP the contributing sources and the extension header, a policer of the payload types and a
// register that finds gaps in the sequence numbers of each stream. A report of what was found goes in front.
#include <core.p4>
#include <v1model.p4>

header report_t {
    bit<8>  kind;
    bit<8>  count;
    bit<16> info;
}
header ip_t {
    bit<72>  before;
    bit<8>   protocol;
    bit<16>  checksum;
    bit<64>  addresses;
}
header sctp_t {
    bit<16> src;
    bit<16> dst;
    bit<32> tag;
    bit<32> crc;
}
enum bit<8> chunk_t { DATA = 0, INIT = 1, INIT_ACK = 2, SACK = 3, HEARTBEAT = 4, ABORT = 6, SHUTDOWN = 7, COOKIE = 10 }
header chunk_h {
    chunk_t       type;
    bit<8>        flags;
    bit<16>       length;
    varbit<11968> value;
}
struct chunk_head_t {
    chunk_t type;
    bit<8>  flags;
    bit<16> length;
}
header udp_t {
    bit<16> src;
    bit<16> dst;
    bit<32> length_checksum;
}
header rtp_t {
    bit<2>  version;
    bool    padding;
    bool    extension;
    bit<4>  sources;
    bool    marker;
    bit<7>  payload;
    bit<16> sequence;
    bit<32> timestamp;
    bit<32> ssrc;
}
header csrc_t {
    bit<32> id;
}
header ext_t {
    bit<16>     profile;
    bit<16>     words;
    varbit<512> content;
}

struct headers_t {
    report_t   report;
    ip_t       ip;
    sctp_t     sctp;
    chunk_h[6] chunks;
    udp_t      udp;
    rtp_t      rtp;
    csrc_t[15] csrc;
    ext_t      ext;
}

struct meta_t {
    bit<8>  chunks;
    bit<16> data_bytes;
    bit<4>  sources;
}

error { ShortChunk, BadVersion }

parser Chunks(packet_in pkt, inout chunk_h[6] chunks, inout meta_t meta)(bit<8> most) {
    bit<32> left;
    state start {
        left = pkt.length() - 32;
        transition next;
    }
    state next {
        transition select(left) {
            0: accept;
            1 .. 3: reject;
            default: chunk;
        }
    }
    state chunk {
        chunk_head_t head = pkt.lookahead<chunk_head_t>();
        verify(head.length >= 4, error.ShortChunk);
        bit<32> padded = ((bit<32>) head.length + 3) & ~32w3;
        pkt.extract(chunks.next, (padded - 4) << 3);
        left = left - padded;
        meta.chunks = meta.chunks + 1;
        if (head.type == chunk_t.DATA) {
            // TSN, stream, sequence and protocol stand in front of the user's bytes.
            meta.data_bytes = meta.data_bytes |+| (head.length |-| 16);
        }
        transition select(meta.chunks == most, head.type) {
            (_, chunk_t.ABORT): accept;
            (true, _): accept;
            (false, _): next;
        }
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Chunks(6) chunks;
    state start {
        pkt.extract(hdr.ip);
        transition select(hdr.ip.protocol) {
            132: sctp;
            17: udp;
            default: accept;
        }
    }
    state sctp {
        pkt.extract(hdr.sctp);
        chunks.apply(pkt, hdr.chunks, meta);
        transition accept;
    }
    state udp {
        pkt.extract(hdr.udp);
        transition select(hdr.udp.dst, hdr.udp.dst[0:0]) {
            (16384 .. 32767, 0): rtp;
            default: accept;
        }
    }
    state rtp {
        pkt.extract(hdr.rtp);
        verify(hdr.rtp.version == 2, error.BadVersion);
        meta.sources = hdr.rtp.sources;
        transition sources;
    }
    state sources {
        transition select(meta.sources, hdr.rtp.extension) {
            (0, false): accept;
            (0, true): extension;
            default: source;
        }
    }
    state source {
        pkt.extract(hdr.csrc.next);
        meta.sources = meta.sources - 1;
        transition sources;
    }
    state extension {
        bit<32> head = pkt.lookahead<bit<32>>();
        pkt.extract(hdr.ext, (bit<32>) head[15:0] << 5);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<16>>(256) next_sequence;
    register<bool>(256) seen;

    action drop() {
        mark_to_drop(std);
    }
    action allow() { }
    table payloads {
        key = { hdr.rtp.payload : range @name("payload"); hdr.rtp.marker : ternary @name("marker"); }
        actions = { allow; drop; }
        entries = {
            (0 .. 23, _) : allow();
            (96 .. 127, true) : allow();
            (_, _) : drop();
        }
    }

    apply {
        std.egress_spec = 1;
        if (std.parser_error != error.NoError) {
            hdr.report = { 0xff, 0, 0 };
            if (std.parser_error == error.ShortChunk) {
                hdr.report.info = 1;
            } else if (std.parser_error == error.BadVersion) {
                hdr.report.info = 2;
            } else if (std.parser_error == error.PacketTooShort) {
                hdr.report.info = 3;
            } else if (std.parser_error == error.HeaderTooShort) {
                hdr.report.info = 4;
            }
            return;
        }
        if (hdr.sctp.isValid()) {
            bit<32> crc;
            @crc32_custom[polynomial = 0x1edc6f41, initial = 0xffffffff, final_xor = 0xffffffff, reflect_in = true, reflect_out = true] {
                hash(crc, HashAlgorithm.crc32_custom, 32w0,
                    { hdr.sctp.src, hdr.sctp.dst, hdr.sctp.tag, 32w0, hdr.chunks }, 64w0x1_0000_0000);
            }
            // It is written with its lowest byte first.
            bool good = crc[7:0] ++ crc[15:8] ++ crc[23:16] ++ crc[31:24] == hdr.sctp.crc;
            hdr.report = { 132, meta.chunks, meta.data_bytes };
            if (!good) {
                hdr.report.kind = 4;
            }
        } else if (hdr.rtp.isValid()) {
            switch (payloads.apply().action_run) {
                drop: { return; }
            }
            bit<32> stream = (bit<32>) (hdr.rtp.ssrc[7:0] ^ hdr.udp.dst[8:1]);
            bit<16> expected;
            bool known;
            @atomic {
                next_sequence.read(expected, stream);
                seen.read(known, stream);
                next_sequence.write(stream, hdr.rtp.sequence + 1);
                seen.write(stream, true);
            }
            int<16> gap = (int<16>) (hdr.rtp.sequence - expected);
            hdr.report = { 17, 0, known ? (bit<16>) gap : 0 };
            for (csrc_t source in hdr.csrc) {
                if (source.isValid()) {
                    hdr.report.count = hdr.report.count + 1;
                }
            }
            if (gap < 0 && known) {
                hdr.report.kind = 18;
                // A late packet does not set the clock back.
                next_sequence.write(stream, expected);
            }
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
