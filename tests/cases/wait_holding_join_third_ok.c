// expect: none

// The worker needs another lock.
#define OTHER_LOCK
#include "wait_holding_join_third.c"
