// expect: deadlock error certain threads=2 locks=a,b
// env: LOCKWATCH_OPTIONS=on_deadlock=exit:exitcode=71
// exit: 71

#include "mutex_abba.c"
