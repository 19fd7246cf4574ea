// expect: none

#define FORGETS 0
#include "cond_both_wait.c"
