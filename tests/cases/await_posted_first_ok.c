// expect: none

// Who posts has no need of the mutex.
#define TAKE
#define GIVE
#include "await_posted_first.c"
