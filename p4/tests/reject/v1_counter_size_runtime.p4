// error: the size of a counter is known at compile time, 8.23
#include <core.p4>
#include <v1model.p4>
control c(in bit<32> x) {
    counter(x, CounterType.packets) n;
    apply { n.count(0); }
}
