// expect: none

#define RELEASES 1
#include "pshared_read_released_by_child.c"
