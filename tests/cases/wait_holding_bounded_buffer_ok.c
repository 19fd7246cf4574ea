// expect: none

#define OUTSIDE 0
#include "wait_holding_bounded_buffer.c"
