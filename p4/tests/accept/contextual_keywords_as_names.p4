// Words that are keywords only in their place (6.4.1).
#include <core.p4>
struct S {
    bit<8> key;
    bit<8> actions;
    bit<8> apply;
    bit<8> state;
    bit<8> entries;
    bit<8> type;
    bit<8> priority;
}
bit<8> f(in bit<8> key, in bit<8> actions, in bit<8> type) {
    bit<8> state = key + actions;
    bit<8> entries = state + type;
    return entries;
}
const bit<8> priority = 1;
control c(inout S s) {
    action state(bit<8> key) { s.key = key; }
    table entries {
        key = { s.key: exact; s.type: ternary; }
        actions = { state; NoAction; }
        default_action = NoAction();
    }
    apply {
        s.priority = priority;
        s.apply = f(key = s.key, actions = 2, type = 3);
        entries.apply();
    }
}
