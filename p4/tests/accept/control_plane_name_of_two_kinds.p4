// Extern instances of different kinds may have one name for the control plane (18.3.3).
#include <core.p4>
extern Bucket {
    Bucket(bit<32> size);
    void fill(in bit<32> index);
}
extern Tap {
    Tap();
    void open();
}
control c(inout bit<8> x) {
    @name("flow") Bucket(16) bucket;
    @name("flow") Tap() tap;
    apply {
        bucket.fill(0);
        tap.open();
    }
}
control C(inout bit<8> x);
package P(C c);
P(c()) main;
