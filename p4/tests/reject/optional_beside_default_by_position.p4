// error: optional parameters beside such with default values need names, 6.8.2
extern void f(in bit<8> a = 1, @optional in bit<8> b);
control c() {
    apply {
        f(a = 2);
        f(b = 3);
        f(2);
    }
}
