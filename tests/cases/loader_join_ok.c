// expect: none

// The thread that is joined does not need the loader's lock.
#define NEEDS_IT 0
#include "loader_join.c"
