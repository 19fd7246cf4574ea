// expect: none

#define NEEDED 0
#include "cond_recursive_still_locked.c"
