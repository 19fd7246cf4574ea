// expect: none

#define N 20
#define ORDERED 1
#include "mutex_ring3.c"
