// expect: none

#define ORDERED 1
#include "mutex_cycle3.c"
