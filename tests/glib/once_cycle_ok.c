// expect: none
#define NEEDS 0
#include "once_cycle.c"
