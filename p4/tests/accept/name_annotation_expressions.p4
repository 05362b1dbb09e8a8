// @name takes any constant string; absolute and dotted names (18.3, 20.3.3).
#include <core.p4>
#define PREFIX "top"
const string A = "of ";
const string B = A ++ "the ";
control c(inout bit<8> x) {
    @name(".absolute.action") action a() { }
    @name("dotted.table") table t {
        key = { x: exact @name("key of " ++ "t"); }
        actions = { @name("ref") a; NoAction; }
        default_action = NoAction();
    }
    @name(PREFIX ++ ".b") @hidden_is_not_this action b() { }
    @name(A ++ B) @deprecated(B ++ A) action d() { }
    @name("x" ++ A ++ B) action e() { }
    @noWarn("un" ++ ("us" ++ "ed")) @name(A ++ (B ++ "z")) action f() { }
    @name(B) action g() { }
    @hidden table u {
        key = { x: exact; }
        actions = { b; NoAction; }
        default_action = NoAction();
    }
    apply {
        t.apply();
        u.apply();
    }
}
