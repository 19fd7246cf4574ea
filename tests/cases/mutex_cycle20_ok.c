// expect: none

#define N 20
#define ORDERED 1
#include "mutex_cycle3.c"
