//// parser: no start
state begin { transition accept; }
//// parser: a state twice
state start { transition accept; }
state start { transition reject; }
//// parser: accept declared
state start { transition accept; }
state accept { transition reject; }
//// parser: reject declared
state start { transition accept; }
state reject { transition accept; }
//// state: a state that is not there
transition nowhere;
//// state: a case that goes nowhere
transition select(x) { 1: nowhere; default: accept; }
//// state: a key of the wrong type
transition select(x) { true: accept; }
//// state: too many keys
transition select(x) { (1, 2): accept; }
//// state: too few keys
transition select(x, y) { 1: accept; }
//// state: a mask on a bool
transition select(f) { true &&& true: accept; }
//// state: a range of enums
transition select(color) { Color.Red .. Color.Blue: accept; }
//// state: select on a header
transition select(hdr.h) { default: accept; }
//// state: select on an int
transition select(5) { 5: accept; }
//// state: select on a varbit
transition select(hdr.v.v) { default: accept; }
//// state: a bound of another width
transition select(x) { 1 .. y: accept; }
//// state: return in a parser
return;
//// state: exit in a parser
exit;
//// state: a switch in a parser
switch (x) { default: {} }
transition accept;
//// state: an action called in a parser
NoAction();
transition accept;
//// state: extract of a struct
pkt.extract(s);
transition accept;
//// state: extract of a varbit without its length
pkt.extract(hdr.v);
transition accept;
//// state: extract with a length and no varbit
pkt.extract(hdr.h, 32);
transition accept;
//// state: lookahead of a varbit
V v = pkt.lookahead<V>();
transition accept;
//// state: extract into a value
pkt.extract(5);
transition accept;
//// parser: a control in a parser
state start { transition accept; }
Ctr() c;
//// decl: a control instantiated in a parser
control q() { apply {} }
parser p(packet_in b) { q() c; state start { transition accept; } }
//// decl: a control applied in a parser
control q() { apply {} }
parser p(packet_in b) { state start { q.apply(); transition accept; } }
//// parser: a value set of another type
value_set<bit<16>>(4) vs;
state start { transition select(x) { vs: accept; default: reject; } }
//// parser: a value set of headers
value_set<H>(4) vs;
state start { transition accept; }
//// parser: a value set whose size is not constant
value_set<bit<8>>(x) vs;
state start { transition accept; }
//// parser: verify of a number
state start { verify(x, error.NoError); transition accept; }
//// decl: packet_in instantiated
packet_in() p;
