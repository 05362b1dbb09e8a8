// Forms of table properties (14.2).
#include <core.p4>
control c(inout bit<8> x, inout bit<16> y) {
    action a() { }
    action b(bit<8> v) { x = v; }
    action d(inout bit<8> z, in bit<16> w, bit<8> v) { z = v; }
    table t0 {
        actions = { }
    }
    table t1 {
        key = { }
        actions = { a; .NoAction; }
        const default_action = a;
    }
    table t2 {
        key = {
            x: exact;
            y: ternary @name("why");
            x & 0xf: exact @name("low");
            y[7:0]: exact;
            (bit<4>)y: ternary @name("cast");
            x == 1: exact @name("one");
        }
        actions = {
            a();
            b;
            d(x, y + 1);
            @defaultonly NoAction;
        }
        size = 1 << 10;
        default_action = d(x, y + 1, 5);
        const entries = { }
    }
    table t3 {
        actions = { a; b; }
        key = { y: lpm; }
        default_action = b(v = 3);
        const entries = {
            0x0800: a;
            0x8000 &&& 0x8000: b(1);
            _: b(v = 2);
        }
        user_property = "a string";
        another_property = 5;
        const third_property = { 1, 2 };
    }
    apply {
        t0.apply();
        t1.apply();
        if (t2.apply().hit && !t3.apply().miss) { a(); }
    }
}
