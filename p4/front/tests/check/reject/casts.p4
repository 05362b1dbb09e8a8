//// stmt: width and sign at once
z = (int<8>) y;
//// stmt: a bool to eight bits
x = (bit<8>) f;
//// stmt: eight bits to a bool
f = (bool) x;
//// stmt: two to a bool
f = (bool) 2;
//// stmt: a struct to a number
x = (bit<8>) s;
//// stmt: a number to a struct
s = (S) x;
//// stmt: an enum without type to a number
x = (bit<8>) color;
//// stmt: a number to an enum without type
color = (Color) x;
//// stmt: a number of another width to an enum
kind = (Kind) y;
//// stmt: an error to a number
x = (bit<8>) err;
//// stmt: a header to a struct
s = (S) hdr.h;
//// stmt: too few values for a struct
s = { 1 };
//// stmt: too many values for a struct
s = { 1, 2, 3 };
//// stmt: a value of the wrong type in a struct
s = { true, 2 };
//// stmt: a field that is missing
s = { a = 1 };
//// stmt: a field that is not there
s = { a = 1, b = 2, c = 3 };
//// stmt: a field given twice
s = { a = 1, b = 2, a = 3 };
//// stmt: named fields for a number
x = { a = 1 };
//// stmt: named fields for a tuple
tuple<bit<8>, bool> p = { a = 1, b = true };
//// stmt: a list for a union
hdr.u = { 1, 2 };
//// stmt: an invalid struct
s = {#};
//// stmt: an invalid value of no type
sink({#});
//// stmt: a default of no type
sink(...);
//// stmt: dots that are not last
s = { ..., 1 };
//// stmt: values for a stack, too many
hdr.hs = { {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2} };
//// stmt: values for a stack, too few
hdr.hs = { {1, 2}, {1, 2} };
//// stmt: a cast to a type that is not there
x = (Nothing) y;
//// stmt: a cast to void
x = (void) y;
//// decl: a string to a number
const bit<8> A = (bit<8>) "a";
//// stmt: a new type of another width
y = (bit<16>) (Port) true;
//// decl: a new type to another of the same original
type bit<8> P;
type bit<8> Q;
control c(in P p, out Q q) { apply { q = (Q) p; } }
