// expect: none

#define ORDERED 1
#include "mutex_ring3.c"
