// error: an action has a body, G
#include <core.p4>
action a();
