// TCP options as a stack of unions, IPv6 extension headers as a chain, DNS names label by label.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

enum bit<8> Next { HopByHop = 0, Tcp = 6, Udp = 17, Routing = 43, Fragment = 44, None = 59, DstOpts = 60 }
const int MAX_OPTS = 10;
const int MAX_EXT = 4;

header eth_t { bit<48> d; bit<48> s; bit<16> t; }
header ip6_t { bit<4> v; bit<8> tc; bit<20> fl; bit<16> len; Next nh; bit<8> hl; bit<128> s; bit<128> d; }
struct ext_prefix_t { Next nh; bit<8> len; }
header ext_t { Next nh; bit<8> len; bit<48> first; varbit<2000> rest; }
header frag_t { Next nh; bit<8> rsv; bit<13> off; bit<2> rsv2; bit<1> more; bit<32> id; }
header tcp_t { bit<16> sp; bit<16> dp; bit<32> seq; bit<32> ack; bit<4> off; bit<4> rsv; bit<8> flags; bit<16> win; bit<16> sum; bit<16> urg; }
header opt_end_t { bit<8> kind; }
header opt_nop_t { bit<8> kind; }
header opt_mss_t { bit<8> kind; bit<8> len; bit<16> mss; }
header opt_ws_t { bit<8> kind; bit<8> len; bit<8> shift; }
header opt_sackok_t { bit<8> kind; bit<8> len; }
header opt_ts_t { bit<8> kind; bit<8> len; bit<32> val; bit<32> ecr; }
header opt_any_t { bit<8> kind; bit<8> len; varbit<304> data; }
header pad_t { varbit<256> bytes; }
header_union opt_t { opt_end_t end; opt_nop_t nop; opt_mss_t mss; opt_ws_t ws; opt_sackok_t sackok; opt_ts_t ts; opt_any_t any; }
header udp_t { bit<16> sp; bit<16> dp; bit<16> len; bit<16> sum; }
header dns_t { bit<16> id; bit<16> flags; bit<16> qd; bit<16> an; bit<16> ns; bit<16> ar; }
header label_t { bit<8> len; varbit<504> text; }
header question_t { bit<16> type; bit<16> class; }
struct kl_t { bit<8> kind; bit<8> len; }
struct headers { eth_t eth; ip6_t ip; ext_t[MAX_EXT] ext; frag_t frag; tcp_t tcp; opt_t[MAX_OPTS] opts; pad_t pad; udp_t udp; dns_t dns; label_t[8] labels; question_t q; }
struct meta_t { bit<8> left; bit<16> mss; bit<1> has_ts; bit<4> n_ext; bit<32> name; bit<8> l4; }
error { BadOption, BadDataOffset, LabelCompressed, TooManyExtensions }

parser opts_parser(packet_in b, in bit<4> off, out opt_t[MAX_OPTS] opts, out pad_t pad) {
    bit<9> left = 0;
    state start {
        verify(off >= 5, error.BadDataOffset);
        left = (bit<9>)(off - 5) << 2;
        transition loop;
    }
    state loop {
        transition select(left) { 0: accept; _: one; }
    }
    state one {
        transition select(b.lookahead<bit<8>>()) {
            0: end;
            1: nop;
            default: sized;
        }
    }
    state end {
        b.extract(opts.next.end);
        left = left - 1;
        b.extract(pad, (bit<32>)(left ++ 3w0));
        transition accept;
    }
    state nop { b.extract(opts.next.nop); left = left - 1; transition loop; }
    state sized {
        kl_t kl = b.lookahead<kl_t>();
        verify(kl.len >= 2 && (bit<9>)kl.len <= left, error.BadOption);
        left = left - (bit<9>)kl.len;
        transition select(kl) {
            (2, 4): mss;
            (3, 3): ws;
            (4, 2): sackok;
            (8, 10): ts;
            (2 .. 4, _): bad;
            (8, _): bad;
            default: any;
        }
    }
    state mss { b.extract(opts.next.mss); transition loop; }
    state ws { b.extract(opts.next.ws); transition loop; }
    state sackok { b.extract(opts.next.sackok); transition loop; }
    state ts { b.extract(opts.next.ts); transition loop; }
    state any {
        b.extract(opts.next.any, ((bit<32>)b.lookahead<bit<16>>()[7:0] - 2) << 3);
        transition loop;
    }
    state bad { verify(false, error.BadOption); transition reject; }
}

parser prs(packet_in b, out headers h, inout meta_t m, inout standard_metadata_t s) {
    opts_parser() tcp_options;
    state start { b.extract(h.eth); transition select(h.eth.t) { 0x86dd: ip; default: accept; } }
    state ip { b.extract(h.ip); transition by_next_of_ip; }
    state by_next_of_ip {
        transition select(h.ip.nh) {
            Next.HopByHop: ext; Next.Routing: ext; Next.DstOpts: ext; Next.Fragment: frag;
            Next.Tcp: tcp; Next.Udp: udp; default: accept;
        }
    }
    state ext {
        ext_prefix_t p = b.lookahead<ext_prefix_t>();
        verify(m.n_ext < MAX_EXT, error.TooManyExtensions);
        m.n_ext = m.n_ext + 1;
        b.extract(h.ext.next, (bit<32>)p.len << 6);
        transition select(p.nh) {
            Next.HopByHop: reject; Next.Routing: ext; Next.DstOpts: ext; Next.Fragment: frag;
            Next.Tcp: tcp; Next.Udp: udp; default: accept;
        }
    }
    state frag {
        b.extract(h.frag);
        transition select(h.frag.off, h.frag.nh) { (0, Next.Tcp): tcp; (0, Next.Udp): udp; default: accept; }
    }
    state tcp {
        m.l4 = 6;
        b.extract(h.tcp);
        tcp_options.apply(b, h.tcp.off, h.opts, h.pad);
        transition accept;
    }
    state udp {
        m.l4 = 17;
        b.extract(h.udp);
        transition select(h.udp.dp) { 53: dns; _: accept; }
    }
    state dns { b.extract(h.dns); transition select(h.dns.qd) { 1: label; _: accept; } }
    state label {
        bit<8> n = b.lookahead<bit<8>>();
        verify(n[7:6] == 0, error.LabelCompressed);
        b.extract(h.labels.next, (bit<32>)n << 3);
        transition select(h.labels.last.len) { 0: question; _: label; }
    }
    state question { b.extract(h.q); transition accept; }
}
control vfy(inout headers h, inout meta_t m) { apply {} }
control ing(inout headers h, inout meta_t m, inout standard_metadata_t s) {
    counter<bit<8>>(16, CounterType.packets) errors;
    action drop(bit<8> why) { mark_to_drop(s); errors.count(why); }
    action clamp(bit<16> limit) {
        for (bit<8> i in 8w0 .. (MAX_OPTS - 1)) {
            if (h.opts[i].mss.isValid() && h.opts[i].mss.mss > limit) {
                bit<32> sum = (bit<32>)(~h.tcp.sum) + (bit<32>)(~h.opts[i].mss.mss) + (bit<32>)limit;
                sum = (sum & 0xffff) + (sum >> 16);
                sum = (sum & 0xffff) + (sum >> 16);
                h.tcp.sum = ~sum[15:0];
                h.opts[i].mss.mss = limit;
            }
        }
    }
    action strip_ts() {
        bit<8> i = 0;
        for (opt_t o in h.opts) {
            if (o.ts.isValid()) {
                h.opts[i].ts.setInvalid();
                h.opts[i].any.setValid();
                h.opts[i].any.kind = 254;
                h.opts[i].any.len = 2;
            }
            i += 1;
        }
    }
    table mss_policy { key = { m.l4: exact; h.tcp.flags: ternary; h.ip.d: lpm; } actions = { clamp; NoAction; } default_action = NoAction; }
    action block() { drop(15); }
    table names {
        key = { m.name: exact @name("hash"); h.q.type: ternary @name("type"); h.labels[0].len: range @name("first"); }
        actions = { block; NoAction; }
        default_action = NoAction;
    }
    apply {
        s.egress_spec = 2;
        error e = s.parser_error;
        if (e == error.BadOption) { drop(1); }
        else if (e == error.BadDataOffset) { drop(2); }
        else if (e == error.LabelCompressed) { drop(3); }
        else if (e == error.TooManyExtensions) { drop(4); }
        else if (e == error.StackOutOfBounds) { drop(5); }
        else if (e == error.PacketTooShort) { drop(6); }
        else if (e == error.HeaderTooShort) { drop(7); }
        else if (e != error.NoError) { drop(8); }
        else {
            if (h.q.isValid()) {
                hash(m.name, HashAlgorithm.crc32, 32w0, { h.labels[0].text, h.labels[1].text, h.labels[2].text }, 64w0x100000000);
                names.apply();
            }
            if (h.tcp.isValid()) {
                mss_policy.apply();
            }
            if (s.ingress_port == 9) strip_ts();
            h.eth.s = 32w0 ++ m.n_ext ++ (bit<1>)h.frag.isValid() ++ (bit<1>)h.pad.isValid() ++ 2w0 ++ m.l4;
        }
    }
}
control egr(inout headers h, inout meta_t m, inout standard_metadata_t s) { apply {} }
control cks(inout headers h, inout meta_t m) { apply {} }
control dep(packet_out b, in headers h) { apply { b.emit(h); } }
V1Switch(prs(), vfy(), ing(), egr(), cks(), dep()) main;
