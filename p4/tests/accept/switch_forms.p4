// Forms of switch (12.7).
#include <core.p4>
enum E { a, b, c }
enum bit<8> F { x = 1, y = 2 }
const bit<8> K = 9;
control c(inout bit<8> v, in int<4> s, in E e, in F f, in error r) {
    action act() {
        switch (v) { }
        switch (v + 1) {
            0:
            1: { v = 2; }
            K: { }
            (3 + 4): { v = 8; }
            F.y:
            default: { v = 0; }
        }
    }
    table t {
        key = { v: exact; }
        actions = { act; NoAction; }
    }
    apply {
        switch (s) {
            -8: { v = 1; }
            7: { return; }
        }
        switch (e) {
            E.a: { v = 1; }
            default: @likely { exit; }
        }
        switch (f) {
            F.x: { switch (v) { 1: { v = 3; } } }
        }
        switch (r) {
            error.NoError: { }
            error.NoMatch: { v = 4; }
        }
        switch (t.apply().action_run) {
            act: { v = 5; }
            default:
        }
    }
}
