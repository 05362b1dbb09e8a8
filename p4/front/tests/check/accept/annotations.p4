//// control: annotations of every form
@name("one") @hidden action a() {}
@mine @mine(1, 2) @mine(any (tokens) + here) action b() {}
@Empty[] @Mixed[1, "hello", true, 1 == 2, 5 + 6] @Labels[short="a", long="b", n=2*3, f=true] table t { key = { x: exact @name("key") @other; } actions = { @tableonly a; @defaultonly b; } default_action = b; }
@name("c" ++ "d") Ctr() c;
@unknown(x > y) bit<8> v = 1;
//// decl: annotations of declarations
@deprecated("use something else") extern void old(in bit<8> a);
@pure @noSideEffects extern bit<8> sum(in bit<8> a);
@metadata struct P { @field_list(1, 2) bit<8> a; @match(ternary) bit<8> b; }
@noWarn("unused") const bit<8> A = 1;
@atomic parser p(packet_in b) { @name(".s") state start { old(1); transition accept; } }
@controller_header("packet_in") header Q { @id(1) bit<8> a; }
