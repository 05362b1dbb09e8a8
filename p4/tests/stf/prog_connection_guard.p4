// Connection guard: SYN cookies without state, flowlets among uplinks, a stateful balancer, first-generation style with the old calls.
#include <core.p4>
#include <v1model.p4>
header   eth_t  { bit<48> d ; bit<48> s ; bit<16> t ; }
header   ip_t   { bit<8> vihl ; bit<8> tos ; bit<16> len ; bit<32> idoff ; bit<8> ttl ; bit<8> proto ; bit<16> sum ; bit<32> s ; bit<32> d ; }
header   tcp_t  { bit<16> sp ; bit<16> dp ; bit<32> seq ; bit<32> ack ; bit<4> off ; bit<4> rsv ; bit<1> cwr ; bit<1> ece ; bit<1> urg ; bit<1> a ; bit<1> psh ; bit<1> rst ; bit<1> syn ; bit<1> fin ; bit<16> win ; bit<16> sum ; bit<16> up ; }
struct   h_t    { eth_t eth ; ip_t ip ; tcp_t tcp ; }
struct   flow_t { bit<32> a ; bit<32> b ; bit<16> p ; bit<16> q ; }
struct   keep_t { bit<8> pass ; bit<16> backend ; }
struct   m_t    { flow_t flow ; keep_t keep ; bit<32> cookie ; bit<16> slot ; }
#define FOREACH_SECRET(X) X(0, 0x243f6a88) X(1, 0x85a308d3) X(2, 0x13198a2e)
parser p(packet_in b, out h_t h, inout m_t m, inout standard_metadata_t s) {
    state start { b.extract(h.eth); transition select(h.eth.t, s.instance_type) { (0x0800, 0): ip; (0x0800, 4 .. 6): ip; default: accept; } }
    state ip { b.extract(h.ip); transition select(h.ip.vihl ++ h.ip.proto) { 0x4506: tcp; default: accept; } }
    state tcp { b.extract(h.tcp); m.flow = { h.ip.s, h.ip.d, h.tcp.sp, h.tcp.dp }; transition accept; }
}
control vc(inout h_t h, inout m_t m) { apply { verify_checksum(h.ip.isValid(), { h.ip.vihl, h.ip.tos, h.ip.len, h.ip.idoff, h.ip.ttl, h.ip.proto, h.ip.s, h.ip.d }, h.ip.sum, HashAlgorithm.csum16); } }
control cookie(in flow_t f, in bit<2> epoch, out bit<32> c) {
    bit<32> part = 0;
    apply {
        c = 0;
#define X2(i, k) hash(part, HashAlgorithm.crc32, 32w0, { f, (bit<32>)k, epoch, 6w0 }, 64w0x100000000); c = c ^ (part << i);
        FOREACH_SECRET(X2)
        c[31:30] = epoch;
    }
}
control ig(inout h_t h, inout m_t m, inout standard_metadata_t s) {
    register<bit<48>>(32w128) last_seen;  register<bit<16>>(32w128) flowlet;  register<bit<1>>(32w1024) known;
    counter(8, CounterType.packets) what;  cookie() ck;
    action drop() { mark_to_drop(s); }
    action count(in bit<32> i) { what.count(i); }
    action bounce(bit<32> c) {
        bit<48> e = h.eth.d; h.eth.d = h.eth.s; h.eth.s = e;
        bit<32> a = h.ip.d; h.ip.d = h.ip.s; h.ip.s = a;
        bit<16> q = h.tcp.dp; h.tcp.dp = h.tcp.sp; h.tcp.sp = q;
        h.tcp.ack = h.tcp.seq + 1; h.tcp.seq = c; h.tcp.a = 1; h.ip.ttl = 64;
        s.egress_spec = s.ingress_port;
    }
    action server(bit<9> port, bit<48> mac) { s.egress_spec = port; h.eth.d = mac; }
    table servers { key = { m.keep.backend : exact ; h.ip.d : lpm ; } actions = { server ; drop ; } default_action = drop ; }
    action uplink(bit<9> port) { s.egress_spec = port; }
    table uplinks { key = { m.slot : range ; } actions = { uplink ; drop ; } default_action = drop() ; }
    apply {
        if (s.checksum_error == 1) { count(7); drop(); exit; }
        if (!h.tcp.isValid()) { count(6); drop(); return; }
        bit<32> at; bit<32> idx;
        hash(at, HashAlgorithm.crc16, 10w0, m.flow, 32w1024);
        if (s.ingress_port == 1) {
            bit<1> k;
            known.read(k, at);
            if (h.tcp.syn == 1 && h.tcp.a == 0) { bit<32> c; ck.apply(m.flow, h.tcp.seq[1:0], c); count(0); bounce(c); return; }
            if (k == 0) {
                bit<32> c; bool good = false;
                for (bit<2> e in 2w0 .. 3) { ck.apply(m.flow, e, c); if (c == h.tcp.ack - 1) { good = true; break; } }
                if (!good) { count(1); drop(); return; }
                known.write(at, 1);
                m.keep.pass = m.keep.pass + 1;
                m.keep.backend = 1 + (bit<16>)(at & 1);
                count(2);
                resubmit<keep_t>(m.keep);
                return;
            }
            if (s.instance_type != 6) m.keep.backend = 1 + (bit<16>)(at & 1);
            servers.apply();
            count(3);
        } else {
            hash(idx, HashAlgorithm.crc16, 32w0, { h.ip.d, h.tcp.dp }, 64w128);
            bit<48> t; bit<16> which;
            last_seen.read(t, idx);
            flowlet.read(which, idx);
            if (t == 0 || s.ingress_global_timestamp - t > 2500) { which = which + 1; flowlet.write(idx, which); count(4); }
            last_seen.write(idx, s.ingress_global_timestamp + 1);
            m.slot = which % 3;
            uplinks.apply();
            if (h.tcp.rst == 1) clone3(CloneType.I2E, 32w7, { m.slot, m.flow });
        }
        if (h.ip.ttl == 0) drop(); else h.ip.ttl = h.ip.ttl - 1;
    }
}
control eg(inout h_t h, inout m_t m, inout standard_metadata_t s) {
    apply {
        if (s.instance_type == 1) { h.eth.t = m.slot; h.eth.d = (bit<48>)m.flow.a; truncate(34); }
        else if (s.instance_type == 6) h.ip.tos = m.keep.pass ++ 8w0 == 16w0x0100 ? 8w4 : 0;
    }
}
control cc(inout h_t h, inout m_t m) { apply { update_checksum(h.ip.isValid(), { h.ip.vihl, h.ip.tos, h.ip.len, h.ip.idoff, h.ip.ttl, h.ip.proto, h.ip.s, h.ip.d }, h.ip.sum, HashAlgorithm.csum16); } }
control d(packet_out b, in h_t h) { apply { b.emit(h.eth) ; b.emit(h.ip) ; b.emit(h.tcp) ; } }
V1Switch(p(), vc(), ig(), eg(), cc(), d()) main;
