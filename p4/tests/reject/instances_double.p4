// error: instances that double with each line, 11.3
#include <core.p4>
control s0(inout bit<8> x) {
    apply {
        x = x + 1;
    }
}
control s1(inout bit<8> x) {
    s0() a;
    s0() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s2(inout bit<8> x) {
    s1() a;
    s1() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s3(inout bit<8> x) {
    s2() a;
    s2() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s4(inout bit<8> x) {
    s3() a;
    s3() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s5(inout bit<8> x) {
    s4() a;
    s4() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s6(inout bit<8> x) {
    s5() a;
    s5() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s7(inout bit<8> x) {
    s6() a;
    s6() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s8(inout bit<8> x) {
    s7() a;
    s7() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s9(inout bit<8> x) {
    s8() a;
    s8() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s10(inout bit<8> x) {
    s9() a;
    s9() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s11(inout bit<8> x) {
    s10() a;
    s10() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s12(inout bit<8> x) {
    s11() a;
    s11() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s13(inout bit<8> x) {
    s12() a;
    s12() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s14(inout bit<8> x) {
    s13() a;
    s13() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s15(inout bit<8> x) {
    s14() a;
    s14() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s16(inout bit<8> x) {
    s15() a;
    s15() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s17(inout bit<8> x) {
    s16() a;
    s16() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s18(inout bit<8> x) {
    s17() a;
    s17() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control s19(inout bit<8> x) {
    s18() a;
    s18() b;
    apply {
        a.apply(x);
        b.apply(x);
    }
}
control block(inout bit<8> x);
package top(block b);
top(s19()) main;
