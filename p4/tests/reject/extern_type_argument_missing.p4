// error: a generic extern is instantiated with its type arguments, 7.2.12
#include <core.p4>
extern R<T> {
    R(bit<32> size);
    T read(in bit<32> i);
}
control c() {
    R(16) r;
    apply { }
}
