// expect: none

#define ARRIVES 1
#include "barrier_destroyed.c"
