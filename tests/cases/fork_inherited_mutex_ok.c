// expect: none

#define CHILD_NEEDS_IT 0
#include "fork_inherited_mutex.c"
