// error: a register read into a variable of another width, 8.22
#include <core.p4>
#include <v1model.p4>
control c() {
    register<bit<32>>(4) r;
    apply {
        bit<16> v;
        r.read(v, 0);
    }
}
