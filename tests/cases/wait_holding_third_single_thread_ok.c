// expect: none

// Who waits acquires a while holding b itself.
#define THIRD_IS_OTHER 0
#include "wait_holding_third.c"
