//// stmt: variables and blocks
bit<8> a; bit<8> b = 1; H h; h = { 1, 2 }; { bit<8> a = 2; b = a; } ; @atomic { b = 3; } if (f) b = 1; else if (x == 1) { b = 2; } else b = 3; const bit<8> K = 5; a = K; list<bit<8>> l = { 1, 2 };
//// stmt: compound assignments
x += 1; x -= x; x *= 2; x /= 3; x %= 4; x &= 0xF; x |= 1; x ^= x; x <<= 2; x >>= x; x |+|= 1; z |-|= 1; y[7:0] += 3; hdr.hs[x].a += 1; x += kind;
//// stmt: switch on values
switch (x) { 1: { y = 1; } 2: 3: { y = 2; } 0xFF: default: { y = 3; } }
switch (color) { Color.Red: Color.Green: { x = 1; } Color.Blue: { x = 2; } }
switch (kind) { Kind.A: {} Kind.B: { x = 1; } default: {} }
switch (err) { error.NoError: { x = 1; } }
switch (z) { -1: { x = 1; } 5: {} }
switch (x + 1) {}
switch (y) { 1: }
//// stmt: loops
for (bit<8> i = 0; i < 5; i = i + 1) { x = x + i; if (x == 7) break; else continue; }
for (bit<8> i = 0, bit<16> j = 1; i < 5 && j != 3; i += 1, j += 2) x += i;
for (bit<8> i in 1 .. 5) { x = i; }
for (bit<8> i in x .. 200) { for (bit<8> j in 0 .. i) { if (j > 2) break; } }
for (H h in hdr.hs) { if (h.isValid()) { x = h.a; } }
for (bit<8> i in { 1, 2, 3 }) { x += i; }
for (int<8> i in -3 .. 3) { z = i; }
for (bit<8> i in (list<bit<8>>) { 4, 5 }) { x = i; }
//// decl: exit and return
action a(inout bit<8> v) { if (v == 1) { return; } if (v == 2) { exit; } v = 0; }
control c(inout bit<8> v) { apply { a(v); if (v == 3) { return; } exit; } }
