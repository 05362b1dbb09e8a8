// The size of a table is a number.
control c() {
    table t {
        actions = { }
        size = "many";
    }
    apply { t.apply(); }
}
