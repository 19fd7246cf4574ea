// expect: none

#define WAKES 1
#include "cond_destroyed.c"
