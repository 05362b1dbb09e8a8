//// stmt: an assignment to a value
5 = x;
//// stmt: an assignment to a call
now() = 5;
//// stmt: an assignment to a function
now = 5;
//// stmt: a struct assigned to another
s = t;
//// stmt: a compound assignment of another width
x += y;
//// stmt: a compound assignment to a bool
f += true;
//// stmt: a compound shift by a signed value
x <<= z;
//// stmt: an instance in a block
Ctr() c;
//// stmt: a switch on a struct
switch (s) { default: {} }
//// stmt: a label twice
switch (x) { 1: {} 2: {} 1: {} }
//// stmt: a label of the wrong type
switch (x) { true: {} }
//// stmt: a label of run time
switch (x) { ro: {} }
//// stmt: a default that is not last
switch (x) { default: {} 1: {} }
//// stmt: two defaults
switch (x) { default: {} default: {} }
//// stmt: an enum label twice
switch (color) { Color.Red: {} Color.Red: {} }
//// stmt: a label that is not in the enum
switch (color) { Color.Pink: {} }
//// stmt: a loop over a number
for (bit<8> i in x) { x = i; }
//// stmt: a loop over a stack with the wrong variable
for (S i in hdr.hs) { x = i.a; }
//// stmt: a range of bools
for (bool i in true .. false) { f = i; }
//// stmt: a loop variable after the loop
for (bit<8> i in 1 .. 3) { x = i; }
x = i;
//// stmt: a condition that is a number
for (bit<8> i = 0; i; i = i + 1) { x = i; }
//// stmt: a return with a value in a control
return 5;
