// error: two extern instances of one fully-qualified name, 18.3.3
#include <core.p4>
extern Bucket {
    Bucket(bit<32> size);
    void fill(in bit<32> index);
}
control c(inout bit<8> x) {
    @name("bucket") Bucket(16) first;
    @name("bucket") Bucket(32) second;
    apply {
        first.fill(0);
        second.fill(1);
    }
}
control C(inout bit<8> x);
package P(C c);
P(c()) main;
