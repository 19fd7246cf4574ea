// expect: none

#define HOLD 0
#include "once_lock.c"
