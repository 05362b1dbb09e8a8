//// stmt: different widths
x = x + y;
//// stmt: different signs
x = x + z;
//// stmt: different widths compared
f = x == y;
//// stmt: a bool and a number compared
f = f == 1;
//// stmt: a narrower value assigned
y = x;
//// stmt: a number for a bool
f = 1;
//// stmt: a bool for a number
x = true;
//// stmt: a number as a condition
if (x) { x = 1; }
//// stmt: logic on numbers
f = x && f;
//// stmt: negation of a number
f = !x;
//// stmt: complement of a bool
f = ~f;
//// stmt: complement of an int
x = ~1;
//// stmt: minus of a bool
f = -f;
//// stmt: arithmetic on bools
f = f + f;
//// stmt: bools ordered
f = f < true;
//// stmt: enums ordered
f = color < Color.Red;
//// stmt: errors ordered
f = err < error.NoError;
//// stmt: enums of two types compared
f = color == Kind.A;
//// stmt: structs of two types compared
f = s == t;
//// stmt: structs ordered
f = s < s;
//// stmt: extern objects compared
f = now == now;
//// stmt: division by zero
x = x / 0;
//// stmt: modulo by zero
x = x % 0;
//// stmt: division of signed values
z = z / 2;
//// stmt: division of negative numbers
x = (bit<8>) (-5 / 2);
//// stmt: division by a negative number
x = (bit<8>) (5 / -2);
//// stmt: saturating addition of int
x = 1 |+| 2;
//// stmt: concatenation of int
y = 1 ++ x;
//// stmt: concatenation of a bool
y = x ++ f;
//// stmt: concatenation of a string and a number
y = "a" ++ x;
//// stmt: a shift by a signed value
x = x << z;
//// stmt: a shift by a negative number
x = x << -1;
//// stmt: a shift of int by a value of run time
x = 1 << x;
//// stmt: a shift of a bool
f = f << 1;
//// stmt: a shift to a number that fills the memory
x = (bit<8>) (1 << 1000000000);
//// stmt: a slice that is the wrong way round
x[0:3] = 1;
//// stmt: a slice outside
x = y[16:9];
//// stmt: a slice with a negative end
x = y[7:-1];
//// stmt: a slice whose end is not constant
x = y[x:0];
//// stmt: a slice of a bool
x = f[0:0];
//// stmt: a slice of a struct
x = s[7:0];
//// stmt: a plus slice outside
x = y[9+:8];
//// stmt: a plus slice whose width is not constant
x = y[0+:x];
//// stmt: a plus slice at a signed place
x = y[z+:8];
//// stmt: a bit-string indexed
f = (bool) x[0];
//// stmt: a stack index outside
hdr.hs[4] = hdr.h;
//// stmt: a negative stack index
hdr.hs[-1] = hdr.h;
//// stmt: a stack index that is a bool
hdr.hs[f] = hdr.h;
//// stmt: a tuple index that is not constant
tuple<bit<8>, bool> p = { 1, true };
x = p[x];
//// stmt: a tuple index outside
tuple<bit<8>, bool> p = { 1, true };
x = p[2];
//// stmt: a tuple member written
tuple<bit<8>, bool> p = { 1, true };
p[0] = 2;
//// stmt: a choice of two ints by a value of run time
x = f ? 1 : 2;
//// stmt: a choice by a number
x = x ? 8w1 : 8w2;
//// stmt: a choice of two types
x = f ? x : y;
//// stmt: strings compared by order
f = "a" < "b";
//// stmt: arithmetic on a new type
port = port + 1;
//// stmt: a number for a new type
port = 5;
//// stmt: a new type for a number
bit<9> v = port;
//// stmt: a number for an enum
kind = 8w1;
//// stmt: an int for an enum
kind = 1;
//// stmt: the sum of enums for an enum
kind = Kind.A + Kind.B;
//// stmt: a mask outside of a key set
f = x == (x &&& 3);
//// stmt: a member of a number
x = x.a;
//// stmt: a varbit added
hdr.v.v = hdr.v.v + hdr.v.v;
//// stmt: a varbit made of a number
hdr.v.v = 5;
//// stmt: varbits of two widths
varbit<32> v;
hdr.v.v = v;
