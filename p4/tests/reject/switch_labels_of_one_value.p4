// error: two labels that are equal, 12.7.3
enum bit<8> Kind { Request = 1, Query = 1, Reply = 2 }
control c(in Kind kind, inout bit<8> x) {
    apply {
        switch (kind) {
            Kind.Request: { x = 1; }
            Kind.Query: { x = 2; }
            default: { x = 3; }
        }
    }
}
