// error: the index of a counter is a bit<32>, 8.22
#include <core.p4>
#include <v1model.p4>
control c(in bool b) {
    counter(4, CounterType.packets) n;
    apply { n.count(b); }
}
