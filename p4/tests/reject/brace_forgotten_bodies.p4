// error: the `{` of a header, a state, an action and a table are missing: each said once
#include <core.p4>
header h_t
    bit<8> a;
    bit<16> b;
    bit<8> c;
}
parser p(packet_in pkt, out h_t h) {
    state start
        pkt.extract(h);
        transition select(h.a) {
            1: more;
            default: accept;
        }
    }
    state more {
        transition accept;
    }
}
control c(inout h_t h) {
    action set(bit<8> v)
        h.a = v;
        h.b = 2;
        h.c = 3;
    }
    table t
        key = { h.a: exact; }
        actions = { set; NoAction; }
        size = 16;
        default_action = NoAction();
    }
    apply { t.apply(); }
}
