// @pure, @noSideEffects, @deprecated and @optional on externs (20.3).
#include <core.p4>
@pure extern bit<16> checksum<T>(in T data);
@noSideEffects extern bit<8> peek(in bit<8> i);
#define DEPR_V1_2_2 "Deprecated in v1.2.2"
@deprecated("Please use 'checksum' instead. " ++ DEPR_V1_2_2)
extern bit<16> old_checksum<T>(in T data);
extern Log {
    Log(@optional bit<32> size);
    @pure bit<8> level();
    void write(in bit<8> what, @optional in bit<8> where);
}
control c(inout bit<16> x) {
    Log() l;
    Log(5) m;
    apply {
        x = checksum({ x, 8w1 });
        l.write(1);
        m.write(1, 2);
        m.write(what = m.level());
    }
}
