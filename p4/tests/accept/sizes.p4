// Methods that give sizes, of expressions and of types (9).
#include <core.p4>
header H { bit<8> a; varbit<32> v; }
header G { bit<16> x; }
header_union U { H h; G g; }
struct S { bit<13> a; bool b; G g; }
enum bit<4> E { a = 1 }
typedef bit<12> t12;
type bit<20> t20;
control c(in S s, in H h, in U u, in G[3] st, out bit<32> x) {
    const bit<32> K = (bit<32>)s.minSizeInBits();
    bit<(K + 1)> v;
    apply {
        v = 1;
        x = (bit<32>)(h.minSizeInBytes() + h.maxSizeInBytes());
        x = x + (bit<32>)u.maxSizeInBits();
        x = x + (bit<32>)st.minSizeInBits();
        x = x + (bit<32>)S.minSizeInBits() + (bit<32>)t12.minSizeInBits();
        x = x + (bit<32>)t20.maxSizeInBytes() + (bit<32>)E.minSizeInBits();
        x = x + (bit<32>)s.b.minSizeInBits();
        // It is not evaluated, and need not exist.
        x = x + (bit<32>)st[7].minSizeInBits() + (bit<32>)st[3].x.maxSizeInBytes();
    }
}
const bool ok = static_assert(G.minSizeInBits() == 16 && U.minSizeInBits() == 16 && H.maxSizeInBytes() == 5);
