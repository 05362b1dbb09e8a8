//// decl: a constant of a value of run time
const bit<32> A = now();
//// decl: a constant of a variable
control p(in bit<8> a) { const bit<8> A = a; apply {} }
//// stmt: a constant of a variable in a block
const bit<8> A = x;
//// stmt: a constant written
const bit<8> A = 1;
A = 2;
//// decl: a constant of the wrong type
const bit<8> A = true;
//// decl: a constant of itself
const bit<8> A = A;
//// decl: a static assertion that fails
const bool A = static_assert(1 + 1 == 3, "arithmetic");
//// stmt: a static assertion that fails in a block
static_assert(2 < 1);
//// decl: a number too large to be computed
const int A = 1 << 100000;
const int B = A * A;
//// decl: the size of an enum without type
const int A = Color.minSizeInBits();
//// stmt: the size of an error
x = (bit<8>) err.minSizeInBits();
//// decl: the size of a string
const int A = "abc".minSizeInBits();
