// Words that later versions and other languages reserve are plain names here (B).
#include <core.p4>
control c(inout bit<8> x) {
    bit<8> size = 1;
    bit<8> while = 2;
    bit<8> class = 3;
    bit<8> exact_ = 4;
    bit<8> select_ = 5;
    bit<8> priority_delta = 6;
    bit<8> largest_priority_wins = 7;
    bit<8> default_action = 8;
    bit<8> size_in_bits = 9;
    bit<8> optional = 10;
    bit<8> pure = 11;
    apply {
        x = size + while + class + exact_ + select_ + priority_delta + largest_priority_wins + default_action + size_in_bits + optional + pure;
    }
}
