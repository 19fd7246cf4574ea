// expect: deadlock error certain threads=2 locks=a,b
// env: LOCKWATCH_OPTIONS=on_deadlock=exit
// exit: 66

#include "mutex_abba.c"
