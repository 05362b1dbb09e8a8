// Annotations on declarations, parameters, fields, states, blocks, entries and variables (G).
#include <core.p4>
@a("typedef") typedef bit<8> u8;
@a("type") type bit<8> n8;
@a("const") const u8 N = 1;
@a("enum") enum E { x }
@a("header") header H { @a("field") bit<8> f; }
@a("struct") struct S { H h; }
@a("union") header_union U { @a("member") H h; }
@a("function") u8 f(@a("parameter") in u8 x) { return x; }
@a("extern") extern X { @a("constructor") X(); @a("method") void m(); }
@a("extern function") extern void g();
@a("action") action act() { }
@a("parser") parser p(@a("packet") packet_in b, out S s) {
    @a("local") u8 v;
    @a("set") value_set<bit<8>>(4) vs;
    @a("state") state start {
        @a("block") {
            v = 1;
        }
        b.extract(s.h);
        transition select(s.h.f) {
            vs: accept;
            default: reject;
        }
    }
}
@a("control") control c(inout S s) {
    @a("instance") X() x;
    @a("variable") u8 v = 0;
    @a("table") table t {
        key = { s.h.f: exact @a("key"); }
        actions = { @a("action ref") act; NoAction; }
        @a("entries") const entries = {
            1: act() @a("entry");
        }
        @a("property") size = 16;
        @a("default") default_action = NoAction();
    }
    apply @a("apply") {
        @a("inner") const u8 K = 1;
        @a("inner") u8 w = K;
        if (w == 1) @a("then") { t.apply(); } else @a("else") { x.m(); }
        @a("loop") for (@a("loop variable") u8 i in 1 .. 3) { v = i; }
    }
}
