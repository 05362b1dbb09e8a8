// Structured annotations: lists, pairs, expressions (20.2).
#include <core.p4>
#define TEXT_CONST "hello"
#define NUM_CONST 6
@Empty[]
@MixedExprList[1,TEXT_CONST,true,1==2,5+NUM_CONST]
@Labels[short="Short Label", hover="My Longer Table Label to appear in hover-help"]
@MixedKV[label="text", my_bool=true, int_val=2*3]
struct S { }
@Empty[]
struct T { }
