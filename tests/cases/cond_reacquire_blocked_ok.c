// expect: none

#define KEEP_INNER 0
#include "cond_reacquire_blocked.c"
