//// control: a structured annotation twice
@mine[k=4] @mine[k=5] action a() {}
//// control: both kinds of one annotation
@mine("a") @mine[k=5] action a() {}
//// control: a key twice
@mine[k=4, k=5] action a() {}
//// control: a name that is a number
@name(5) action a() {}
//// control: a name without its string
@name action a() {}
//// control: hidden with a body
@hidden("a") action a() {}
//// decl: noWarn without its string
@noWarn action a() {}
//// decl: deprecated that is not a string
@deprecated(1) extern P {}
//// control: the value of an annotation that is not known
@mine[k=x] action a() {}
//// control: the value of an annotation that is a struct
@mine[{1, 2}] action a() {}
