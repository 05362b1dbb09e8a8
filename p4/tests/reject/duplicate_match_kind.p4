// error: a match_kind identifier declared twice, 7.1.3
#include <core.p4>
match_kind { exact }
