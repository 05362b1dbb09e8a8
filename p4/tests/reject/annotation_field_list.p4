// error: field lists have numbers that are known at compile time, v1model
struct meta_t {
    @field_list bit<8> a;
    @field_list("one") bit<8> b;
    @field_list(1 2) bit<8> c;
    @field_list(Lists.first) bit<8> d;
    @field_list(a) bit<8> e;
}
