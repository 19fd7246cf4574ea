// expect: deadlock error certain threads=2 locks=a,b
// env: LOCKWATCH_OPTIONS=on_deadlock=abort
// exit: -6

#include "mutex_abba.c"
