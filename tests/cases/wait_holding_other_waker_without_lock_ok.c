// expect: none

#define ANOTHER 1
#include "wait_holding_poster_locks_sometimes_ok.c"
