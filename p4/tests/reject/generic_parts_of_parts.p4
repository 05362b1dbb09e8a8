// Type arguments that what a generic type consists of does not allow.
struct Inner<T> { T value; }
struct Outer<T> { Inner<T> inner; }
struct Pair<T> { tuple<T, bit<8>> pair; }
struct Array<T> { T[3] array; }
header H { bit<8> a; }
header G<T> { T value; }
header_union U<T> { G<T> g; }
struct S {
    Outer<string> a;
    Pair<string> b;
    Array<string> c;
    Array<H[2]> d;
    U<error> e;
    Outer<bit<8>> right;
    U<bool> right_too;
}
