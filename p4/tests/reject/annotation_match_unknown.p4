// error: `@match` names a match kind, 13.6
#include <core.p4>
struct Ports {
    @match(prefix)
    bit<16> port;
    @match
    bit<8> proto;
}
