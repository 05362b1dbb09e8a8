// Directives with blanks, continued lines, nested conditionals, macros of macros (6.2).
# include <core.p4>
#   define  A  1
#define B A + 1
#define EMPTY
#define CALL(f, x) f(x)
#define PASTE(a) a EMPTY
#define MULTI(x, y) \
const bit<8> x = \
y;
#if defined(A) && (B == 2 || 0) && !defined NOTHING
# if A > 5
error is not reached
# elif (A << 3) >= 8 && A != 2 ? 1 : 0
MULTI(first, CALL(PASTE, 3))
# else
neither is this
# endif
#else
nor this
#endif
#undef A
#ifdef A
nor this
#endif
#line 100 "somewhere.p4"
const bit<32> line = __LINE__;
const bit<8> second = 4;
/* a comment
#if 1
that hides a directive */
