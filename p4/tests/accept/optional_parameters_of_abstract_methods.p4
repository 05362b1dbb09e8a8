// The body of an abstract method may leave out the optional parameters at its end (6.8.2, 7.2.9.2.1).
#include <core.p4>
extern Cells<T, I> {
    Cells(bit<32> size);
}
extern Step<T, I, U> {
    Step(Cells<T, I> cells);
    U execute(in I index);
    abstract void apply(inout T value, @optional out U result, @optional out U other);
}
control c(inout bit<32> x) {
    Cells<bit<32>, bit<8>>(1024) cells;
    Step<bit<32>, bit<8>, bit<32>>(cells) none = {
        void apply(inout bit<32> value) { value = value + 1; }
    };
    Step<bit<32>, bit<8>, bit<32>>(cells) one = {
        void apply(inout bit<32> value, out bit<32> result) {
            result = value;
            if (value < 5) { value = value + 1; } else { value = 0; }
        }
    };
    apply {
        x = none.execute(1) + one.execute(2);
    }
}
