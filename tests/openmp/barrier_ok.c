// expect: none
#define INSIDE 0
#include "barrier.c"
