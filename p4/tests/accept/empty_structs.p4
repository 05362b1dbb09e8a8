// Structures, headers, unions and tuples without fields (7.2, 8.27).
#include <core.p4>
struct Empty { }
header Nothing { }
header_union None { }
struct Nested {
    Empty e;
    tuple<> t;
    Nothing n;
}
const Empty E = { };
const tuple<> T = { };
