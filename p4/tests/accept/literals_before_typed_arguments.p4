// A type variable that a literal binds first takes the width of a later argument (8.20, 8.12).
extern T larger<T>(in T a, in T b);
extern void store<T>(in T from, out T into);
extern void between<T>(out T result, in T low, in T high);
control c(inout bit<16> x, inout int<7> y) {
    apply {
        x = larger(3, x);
        x = larger(x, 3);
        store(5, x);
        store(-5, y);
        store(into = y, from = 2);
        between(x, 0, 100);
        between(high = 9, low = 1, result = x);
    }
}
