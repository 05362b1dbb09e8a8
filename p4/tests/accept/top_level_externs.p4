// Extern objects at the top level, annotated, used from controls (11.3.2).
#include <core.p4>
extern Counter {
    Counter(bit<32> size);
    void count(in bit<32> i);
}
@name("global.counter") Counter(size = 1024) shared;
control c(in bit<8> x) {
    apply { shared.count((bit<32>)x); }
}
