// typedef of structures, stacks, tuples, enums and specialised types (7.5).
#include <core.p4>
header Empty_h { }
typedef bit<32> u32;
typedef struct Point { int<32> x; int<32> y; } Pt;
typedef header Tag { bit<8> t; } Tag_t;
typedef Empty_h[32] HeaderStack;
typedef tuple<u32, bool> Pair;
typedef enum Color { red, green } Col;
typedef error Err;
typedef bool Flag;
struct S<T> { T f; }
typedef S<bit<32>> X;
struct All {
    Pt p;
    Tag_t t;
    HeaderStack s;
    Pair q;
    Col c;
    Err e;
    Flag f;
    X x;
}
control c(inout All a, in Point p) {
    apply {
        a.p = p;
        a.c = Col.green;
        a.x.f = 1;
        a.q = { 1, true };
    }
}
