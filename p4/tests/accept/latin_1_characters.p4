// Comments and strings may hold 8-bit characters that are not UTF-8 (6.3): café.
extern void log(string message);
@name("naïve") control c() {
    apply {
        log("ÿþ");
    }
}
