//// control: no actions
table t { key = { x: exact; } }
//// control: a match kind that is not there
table t { key = { x: almost; } actions = { NoAction; } }
//// control: a key that is a struct
table t { key = { s: exact; } actions = { NoAction; } }
//// control: a key that is a header
table t { key = { hdr.h: exact; } actions = { NoAction; } }
//// control: a key that is an int
table t { key = { 5: exact; } actions = { NoAction; } }
//// control: a property twice
table t { actions = { NoAction; } size = 1; size = 2; }
//// control: keys twice
table t { key = { x: exact; } key = { y: exact; } actions = { NoAction; } }
//// control: an action twice
table t { actions = { NoAction; NoAction; } }
//// control: an action of the same name twice
action NoAction() {}
table t { actions = { NoAction; .NoAction; } }
//// control: an action that is a function
table t { actions = { now; } }
//// control: an action that is not there
table t { actions = { nothing; } }
//// control: a parameter with a direction that is not bound
action a(in bit<8> v) {}
table t { actions = { a; } }
//// control: action data bound in the list
action a(bit<8> v) {}
table t { actions = { a(1); } }
//// control: a bound argument of the wrong type
action a(in bit<8> v) {}
table t { actions = { a(true); } }
//// control: a default action that is not listed
action a() {}
action b() {}
table t { actions = { a; } default_action = b; }
//// control: a default action without its data
action a(bit<8> v) {}
table t { actions = { a; } default_action = a; }
//// control: a default action with data of run time
action a(bit<8> v) {}
table t { actions = { a; } default_action = a(x); }
//// control: a default action before the actions
action a() {}
table t { default_action = a; actions = { a; } }
//// control: a default action that is only for the table
action a() {}
table t { actions = { @tableonly a; } default_action = a; }
//// control: a default action with another bound argument
action a(in bit<8> v) {}
table t { actions = { a(x); } default_action = a(ro); }
//// control: a default action that is a number
table t { actions = { NoAction; } default_action = 5; }
//// control: entries without keys
table t { actions = { NoAction; } const entries = { 1: NoAction(); } }
//// control: an entry with too many keys
table t { key = { x: exact; } actions = { NoAction; } const entries = { (1, 2): NoAction(); } }
//// control: an entry of the wrong type
table t { key = { x: exact; } actions = { NoAction; } const entries = { true: NoAction(); } }
//// control: an entry with an action that is not listed
action a() {}
table t { key = { x: exact; } actions = { NoAction; } const entries = { 1: a(); } }
//// control: an entry without its data
action a(bit<8> v) {}
table t { key = { x: exact; } actions = { a; } const entries = { 1: a(); } }
//// control: an entry with data of run time
action a(bit<8> v) {}
table t { key = { x: exact; } actions = { a; } const entries = { 1: a(x); } }
//// control: an entry whose key is not constant
table t { key = { x: exact; } actions = { NoAction; } const entries = { ro: NoAction(); } }
//// control: an entry with an action that is only the default
table t { key = { x: exact; } actions = { @defaultonly NoAction; } const entries = { 1: NoAction(); } }
//// control: a first entry without priority
table t { key = { x: ternary; } actions = { NoAction; } entries = { 1: NoAction(); priority=5: 2: NoAction(); } }
//// control: a negative priority by the rules
table t { key = { x: ternary; } actions = { NoAction; } priority_delta = 10; entries = { priority=5: 1: NoAction(); 2: NoAction(); } }
//// control: a size that is not a number
table t { actions = { NoAction; } size = true; }
//// control: a size of run time
table t { actions = { NoAction; } size = x; }
//// control: a negative priority delta
table t { actions = { NoAction; } priority_delta = -1; }
//// control: largest_priority_wins that is a number
table t { actions = { NoAction; } largest_priority_wins = 1; }
//// apply: a table applied with arguments
table t { actions = { NoAction; } }
apply { wo = 0; t.apply(1); }
//// apply: a table as a condition
table t { actions = { NoAction; } }
apply { wo = 0; if (t.apply()) {} }
//// apply: a table as a value
table t { actions = { NoAction; } }
apply { wo = 0; x = t; }
//// apply: a result that is not there
table t { actions = { NoAction; } }
apply { wo = 0; f = t.apply().found; }
//// apply: action_run as a value
table t { actions = { NoAction; } }
apply { wo = 0; f = t.apply().action_run == NoAction; }
//// apply: a label that is not an action of the table
action a() {}
table t { actions = { NoAction; } default_action = NoAction; }
apply { wo = 0; switch (t.apply().action_run) { a: {} } }
//// apply: a label twice in a switch on a table
action a() {}
table t { actions = { a; } }
apply { wo = 0; switch (t.apply().action_run) { a: {} a: {} } }
//// apply: an action called without its data
action a(bit<8> v) {}
apply { wo = 0; a(); }
//// apply: a table as an argument
table t { actions = { NoAction; } }
apply { wo = 0; sink(t); }
//// control: a table applied in the arguments of an action
action a(in bool v) {}
table t { actions = { NoAction; } }
table q { actions = { a(t.apply().hit); } }
//// control: a computed key without a name
table t { key = { x + 1: exact; } actions = { NoAction; } }
//// control: a call as a key without a name
table t { key = { now(): exact; } actions = { NoAction; } }
//// control: a default action whose bound argument is left out
action b(inout bit<8> v, bit<8> n) {}
table t { actions = { b(x); } default_action = b(3); }
//// stmt: a value of run time as an int
x = (bit<8>) (int) y;
//// control: priorities of const entries
table t { key = { x: ternary; } actions = { NoAction; } const entries = { priority=1: 1: NoAction(); } }
//// control: one entry twice
table t { key = { x: exact; y: exact; } actions = { NoAction; } const entries = { (1, 2): NoAction(); (1, 16w2): NoAction(); } }
//// state: last as a place to write to
hdr.hs.last.a = 1;
//// stmt: pushing by zero
hdr.hs.push_front(0);
//// state: select on an error
transition select(err) { error.NoError: accept; }
