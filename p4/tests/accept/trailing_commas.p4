// Optional commas at the end of lists (6.4.4).
#include <core.p4>
enum E { a, b, c, }
enum bit<8> F { x = 1, y = 2, }
struct S { bit<8> p; bit<8> q; }
const S s0 = { 1, 2, };
const S s1 = { p = 1, q = 2, };
const tuple<bit<8>, bool> t = { 1, true, };
@List[1, 2,]
@Pairs[k=1, l=2,]
struct U { }
match_kind { fuzzy, fuzzier, }
