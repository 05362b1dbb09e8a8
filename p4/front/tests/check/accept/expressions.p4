//// stmt: arithmetic and casts that are implicit
x = x + 1; x = 1 + x; x = x | 0xFF; z = z - 1; f = z < 0; x = x * 2; x = x / 3; x = x % 5; x = -x; z = -z; x = ~x; x = +x;
x = x |+| 1; z = z |-| 2; y = 16w5 & y; f = 5 != x; x = x ^ x;
//// stmt: shifts
x = x << 3; x = x >> y; y = y << 1024; z = z >> 1; x = x << 8w2; y = 16w11 << Kind.A; x = x >> (bit<8>) z; x = (bit<8>) (1 << 3);
//// stmt: concatenation and slices
y = x ++ x; int<16> a = z ++ x; x = y[15:8]; y[7:0] = x; x[0:0] = 1; x = 0xABCD[15:8]; x = y[8+:8]; y[0+:8] = x; x = y[x+:8];
bit<4> n = z[3:0]; x = (bit<8>) (x[7:4] ++ n); f = (bool) x[0:0]; x = y[Kind.B + 5 : 0][7:0]; x = s.b[7:0];
//// stmt: comparisons of all kinds
f = x == 1; f = s == { 1, 2 }; f = s == (S) { b = 2, a = 1 }; f = { 1, 2 } == s; f = hdr.h == {#}; f = hdr.hs == hdr.hs; f = hdr.u == hdr.u;
f = color == Color.Red; f = err != error.NoError; f = port == (Port) 5; f = f == true; f = hdr.v.v == hdr.v.v; f = t == t;
tuple<bit<8>, bool> p = { 1, true }; f = p == p; f = p == { 1, true }; f = kind == Kind.A; f = kind == 8w1; f = kind < 5; f = kind > Kind.B;
//// stmt: serializable enums are numbers
x = Kind.A; x = kind + 1; kind = (Kind) x; kind = (Kind) (Kind.A + Kind.B); x = kind << 1; y = kind ++ x; hdr.hs[kind & 3].a = 1; kind = (Kind) 2; kind = (Kind) kind;
//// stmt: choices
x = f ? x : 1; x = f ? 8w1 : 2; x = true ? 1 : 2; s = f ? s : { 1, 2 }; y = (f ? x : 8w2) ++ 8w3; hdr.h = f ? hdr.hs[0] : hdr.h;
//// stmt: casts
x = (bit<8>) z; z = (int<8>) x; y = (bit<16>) x; x = (bit<8>) y; f = (bool) 1w1; bit<1> b = (bit<1>) f; f = (bool) 1; f = (bool) 0;
z = (int<8>) (bit<8>) y; port = (Port) 5; bit<9> n = (bit<9>) port; port = (Port) ((bit<9>) port + 1); x = (bit<8>) (int) 5; s = (S) s; y = (bit<16>) kind;
x = (bit<8>) 0x1FF; x = (bit<8>) -1; int<16> i = (int<16>) z;
//// stmt: struct, header, tuple and stack values
s = { 1, 2 }; s = { a = 1, b = 2 }; s = { b = 2, a = 1 }; s = { 1, ... }; s = { b = 2, ... }; s = ...; s = { ... };
t = { { 1, 2 }, true }; t = { s = { a = 1, ... }, f = false }; t = { s = ..., ... }; hdr.h = { 1, 2 }; hdr.h = { b = 2, a = 1 }; hdr.h = {#}; hdr.h = (H) {#};
hdr.hs = { { 1, 2 }, {#}, { a = 1, b = 2 }, ... }; hdr.u.h = { 1, 2 }; hdr.u = {#}; hdr.h = ...; hdr.u = hdr.u;
tuple<bit<8>, bool> p = { 1, false }; tuple<S, tuple<bool>> q = { { 1, 2 }, { true } }; x = p[0]; f = q[1][0]; p = { 5, ... }; tuple<> e = {};
x = ((S) { 1, 2 }).a; color = ...; kind = ...; err = ...; x = ...;
//// stmt: literals
x = 8w255; x = 8w0x_F_F; x = 0b1010; x = 0o17; z = -8s3; z = 8s0xFF; y = 16w300; x = 1w1 ++ 7w3; z = -128; x = 300; x = 2s3 ++ 6w0 == 0 ? 8w1 : 2;
//// stmt: stacks
hdr.hs[0] = hdr.h; hdr.hs[x].a = 1; x = hdr.hs[3].a; bit<32> n = hdr.hs.size; hdr.hs.push_front(1); hdr.hs.pop_front(2); hdr.hs[kind].setValid(); hdr.hs[z].a = 2;
f = hdr.hs[1].isValid();
//// stmt: validity
hdr.h.setValid(); hdr.h.setInvalid(); f = hdr.h.isValid() && hdr.u.isValid(); hdr.u.h.setValid(); hdr.u.v.setInvalid();
//// stmt: sizes
bit<32> a = hdr.h.minSizeInBits(); a = hdr.v.maxSizeInBytes(); a = (bit<32>) x.minSizeInBits(); a = s.maxSizeInBits(); a = hdr.hs.minSizeInBytes(); a = H.minSizeInBits(); a = hdr.u.maxSizeInBits();
//// decl: compile-time choice of ints by a constructor parameter
control p(inout bit<8> a)(bool n, bit<8> m) { bit<8> K = n ? 1 : 2; bit<8> M = m + 1; apply { a = K + M; a = n ? 5 : 6; } }
//// stmt: numbers that become something else
x = 1 + 2 * 3; x = (1 << 8) - 1; y = 1 << 15; x = 7 / 2; x = 7 % 4; f = 3 < 5; z = 1 - 5; x = 256 >> 1;
