// Comments separate tokens (6.4.2).
#include <core.p4>
const/**/bit<8>/* a */A/**/=/**/1/**/;// end
/***/
/****/
// a comment with \ in it
const bit<8> B = A /* + 1 // */ + 2;
