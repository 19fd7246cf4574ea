// expect: none

// Who posts has no need of the mutex.
#define TAKE
#define GIVE
#include "wait_holding_posted_before.c"
