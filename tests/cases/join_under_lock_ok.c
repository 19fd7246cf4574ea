// expect: none

#define UNDER_LOCK 0
#include "join_under_lock.c"
