// expect: none

// A thread is inside libc when main forks, but the child does not need what it has locked: it sleeps for a while.
#define CHILD_NEEDS_IT 0
#include "fork_in_libc.c"
