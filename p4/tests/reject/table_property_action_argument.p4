// An action that is the value of an additional property lacks an argument.
control c(inout bit<8> x) {
    action set(bit<8> y) { x = y; }
    table t {
        actions = { set; }
        default_action = set(1);
        other_action = set();
    }
    apply { t.apply(); }
}
