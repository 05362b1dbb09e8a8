// Literals of every form as initializers (6.4.3.2).
#include <core.p4>
const bit<32> a = 32w255;
const bit<32> b = 32w0d255;
const int<32> c = 32s0xFF;
const bit<8> d = 8w0B1010_1010;
const bit<16> e = 16w0O377;
const int<8> f = -8s128;
const bit<8> g = 0D99;
const int<2> h = 2s3;
const bit<1> i = 1w10;
