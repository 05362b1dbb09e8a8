// Nothing but the core library and empty declarations (6.6).
#include <core.p4>
;
;;
