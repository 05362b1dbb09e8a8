//// decl: a path without return
bit<8> p(in bit<8> a) { if (a == 1) { return 2; } }
//// decl: no return at all
bit<8> p(in bit<8> a) { }
//// decl: return without value
bit<8> p(in bit<8> a) { return; }
//// decl: return with a value from void
void p(in bit<8> a) { return a; }
//// decl: return of another type
bit<8> p(in bit<16> a) { return a; }
//// decl: exit in a function
void p() { exit; }
//// decl: an action called in a function
action q() {}
void p() { q(); }
//// decl: a control applied in a function
control q() { apply {} }
void p() { q.apply(); }
//// decl: verify in a function
void p(in bool a) { verify(a, error.NoError); }
//// decl: an instance in a function
void p() { Ctr() c; }
//// decl: arithmetic on a type variable
Q p<Q>(in Q a) { return a + a; }
//// decl: a return in an action with a value
action p() { return 1; }
//// decl: break outside of a loop
void p() { break; }
//// decl: continue outside of a loop
void p() { if (true) { continue; } }
//// decl: return in a switch without default
bit<8> p(in bit<8> a) { switch (a) { 1: { return 1; } } }
//// decl: a function that returns an int
int p(in bit<8> a) { return 5; }
//// decl: a function that returns a string
string p(in bit<8> a) { return "a"; }
