// error: a comma is missing between two parameters: said once, 6.8
control c(inout bit<32> x) {
    action set(bit<32> a bit<8> b) { x = a; }
    action put(bit<32> a @name("b") bit<8> b) { x = a; }
    apply { }
}
