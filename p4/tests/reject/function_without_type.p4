// error: a function begins with the type of what it returns, 10
inc(in bit<8> x) { return x + 1; }
zero() { return 0; }
function bit<8> dec(in bit<8> x) { return x - 1; }
bit<8> two() { return 2; }
