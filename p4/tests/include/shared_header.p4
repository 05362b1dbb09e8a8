#ifndef SHARED_HEADER
#define SHARED_HEADER

#define SHARED_OFFSET 3

header shared_t {
    bit<8> a;
    bit<8> b;
}

bit<8> shared_twice(in bit<8> x) {
    return x + x;
}

#endif
