// Bytes beyond ASCII in comments and strings (6.4).
#include <core.p4>
// Grüße, 你好
/* naïve */
@description("Zürich → Genève")
struct S { }
extern void log(string s);
control c() {
    apply { log("±1 µs"); }
}
