// expect: none
// env: LOCKWATCH_OPTIONS=on_deadlock=exit

#include "mutex_timedlock_ok.c"
