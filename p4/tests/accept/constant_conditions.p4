// A conditional of ints with a condition known at compile time (8.5.1).
#include <core.p4>
const bool DEBUG = false;
const int LEVEL = DEBUG ? 1000 : 2;
const bit<8> L = LEVEL;
