// expect: none

#define HOLD 0
#include "barrier_lock.c"
