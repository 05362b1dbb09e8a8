// Tabs, form feeds and carriage returns are white space (6.4).
#include <core.p4>
control	c(inout	bit<8>	x)	{
    apply	{	x	=	x	+	1;	}
}
