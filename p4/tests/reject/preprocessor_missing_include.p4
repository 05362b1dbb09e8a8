// error: an included file that does not exist, 6.2
#include <core.p4>
#include "no_such_file_anywhere.p4"
