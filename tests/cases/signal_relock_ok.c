// expect: none

#define BLOCK_SIGNAL 1
#include "signal_relock.c"
