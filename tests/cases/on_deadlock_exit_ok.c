// expect: lock-order note timed threads=2 locks=a,b
// stdout-same: yes
// env: LOCKWATCH_OPTIONS=on_deadlock=exit

#include "mutex_timedlock_ok.c"
