// expect: none

#define KEEP_INNER 0
#include "cond_relock.c"
