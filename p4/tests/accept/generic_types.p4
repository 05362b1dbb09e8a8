// Generic structures, headers, unions and their stacks (7.2.12).
#include <core.p4>
struct S<T> {
    T field;
    bool valid;
}
struct G<T> { S<T> s; }
const S<bit<32>> s = { field = 32w0, valid = false };
const G<bit<32>> g = { s = { field = 0, valid = false } };
header H<T> { T field; }
const H<bit<8>> h = { field = 1 };
header_union HU<T> {
    H<bit<32>> h32;
    H<bit<8>> h8;
    H<T> ht;
}
struct All {
    H<bit<8>>[10] stack;
    HU<bit> hu;
    HU<bit<16>>[2] hus;
}
