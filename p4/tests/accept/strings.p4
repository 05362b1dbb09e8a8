// String constants, concatenation and parameters (7.1.5, 8.6).
#include <core.p4>
const string HELLO = "hello";
const string BOTH = HELLO ++ ", " ++ "world";
extern void log(string message);
extern L {
    L(string prefix);
    void say(string what);
}
control c()(string name) {
    L("prefix: " ++ name) l;
    apply {
        log(BOTH ++ "!");
        log("a \" quote, a backslash \\ and a
            new line");
        l.say(name);
    }
}
control d() {
    c("inner") x;
    apply { x.apply(); }
}
