// expect: none

#define OUTSIDE 0
#include "await_buffer.c"
