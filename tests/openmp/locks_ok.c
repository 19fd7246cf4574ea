// expect: none
#define MEET 0
#include "locks.c"
