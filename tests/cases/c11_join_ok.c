// expect: none

#define UNDER_LOCK 0
#include "c11_join.c"
