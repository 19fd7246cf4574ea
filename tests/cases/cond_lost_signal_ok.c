// expect: none

#define LOOK_FIRST 1
#include "cond_lost_signal.c"
