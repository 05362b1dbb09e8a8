// error: a constant is no l-value, 6.7
struct s_t { bit<8> a; }
const bit<16> TYPE_IPV4 = 0x800;
const s_t S = { 1 };
control c(inout bit<16> x) {
    const bit<16> LOCAL = 3;
    apply {
        TYPE_IPV4 = 1;
        LOCAL += 1;
        TYPE_IPV4[7:0] = 2;
        S.a = 3;
        x = LOCAL;
    }
}
