// error: match_kind has only assignment, == and !=, 8.4
#include <core.p4>
const bool A = exact < lpm;
