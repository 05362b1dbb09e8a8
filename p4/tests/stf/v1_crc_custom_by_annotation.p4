// crc16_custom and crc32_custom with parameters by annotation, of a block, an action, a function and a control.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<72> text;
    bit<16> block;
    bit<16> outside;
    bit<16> action_;
    bit<32> function_;
    bit<16> called;
    bit<16> nested;
}

struct headers_t {
    h_t h;
}

struct meta_t { }

const bit<16> POLYNOMIAL = 0x1021;

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

// CRC-32/BZIP2
@crc32_custom[reflect_in = false, reflect_out = false]
bit<32> bzip2(in bit<72> text) {
    bit<32> sum;
    hash(sum, HashAlgorithm.crc32_custom, 32w0, { text }, 64w0x100000000);
    return sum;
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action sum(out bit<16> to) {
        hash(to, HashAlgorithm.crc16_custom, 16w0, { hdr.h.text }, 32w0x10000);
    }
    // CRC-16/XMODEM
    @crc16_custom[polynomial = POLYNOMIAL, reflect_in = false, reflect_out = false]
    action xmodem() {
        sum(hdr.h.action_);
    }
    apply {
        std.egress_spec = 1;
        // CRC-16/IBM-3740
        @crc16_custom[polynomial = 0x1021, initial = 0xffff, reflect_in = false, reflect_out = false] {
            sum(hdr.h.block);
            // CRC-16/GENIBUS
            @crc16_custom[polynomial = 0x1021, initial = 0xffff, final_xor = 0xffff, reflect_in = false,
                          reflect_out = false] {
                sum(hdr.h.nested);
            }
            sum(hdr.h.called);
        }
        sum(hdr.h.outside);
        xmodem();
        hdr.h.function_ = bzip2(hdr.h.text);
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
