// Entries with const, priorities and annotations (14.2.1.4).
#include <core.p4>
control c(inout bit<8> x, inout bit<16> y) {
    action a(bit<9> p) { }
    table t {
        key = {
            x: exact;
            y: ternary;
        }
        actions = { a; NoAction; }
        default_action = NoAction();
        largest_priority_wins = false;
        priority_delta = 10;
        @noWarn("duplicate_priorities")
        entries = {
            const priority=10: (0x01, 0x1111 &&& 0xF ) : a(1);
            (0x02, 0x1181 ) : a(2);
            (0x03, 0x1000 &&& 0xF000) : a(3) @note("third");
            const (0x04, 0x0210 &&& 0x02F0) : a(4);
            priority=40: (0x04, 0x0010 &&& 0x02F0) : a(5);
            priority=(20 + 30): (0x06, _ ) : NoAction();
        }
    }
    apply { t.apply(); }
}
