// A new type from a new type and from a typedef (7.2.9, 7.6).
#include <core.p4>
type bit<9> Port;
type Port LogicalPort;
typedef int<8> small;
type small Small;
type bool Flag;
control c(inout LogicalPort p, inout Small s, inout Flag f, out bool r) {
    apply {
        p = (LogicalPort)(Port)9w5;
        s = (Small)((int<8>)s + 1);
        f = (Flag)true;
        r = p == (LogicalPort)(Port)3 && f != (Flag)false;
    }
}
