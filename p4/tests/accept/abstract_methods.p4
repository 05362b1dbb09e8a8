// An extern with abstract methods and an initializer (7.2.11.2.1, 11.3.1).
#include <core.p4>
extern Balancer {
    Balancer();
    bit<32> getFlowCount();
    abstract bit<4> on_new_flow(in bit<32> address);
    abstract void reset();
    @optional abstract void told(in bit<8> what);   // may be left out
}
Balancer() b = {
    bit<4> on_new_flow(in bit<32> address) {
        bit<32> count = this.getFlowCount();
        return (address + count)[3:0];
    }
    void reset() { }
};
control c(inout bit<4> x, in bit<32> a) {
    Balancer() local = {
        bit<4> on_new_flow(in bit<32> addr) { return addr[7:4]; }
        void reset() { }
    };
    apply {
        x = local.on_new_flow(a);
        b.reset();
    }
}
