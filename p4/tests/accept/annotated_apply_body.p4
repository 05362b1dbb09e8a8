// The body of a control is a block statement, which may have annotations (13).
control c(inout bit<8> x) {
    apply @atomic @note("body", 1) {
        x = 1;
    }
}
