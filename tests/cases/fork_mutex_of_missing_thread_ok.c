// expect: none

#define CHILD_NEEDS_IT 0
#include "fork_mutex_of_missing_thread.c"
