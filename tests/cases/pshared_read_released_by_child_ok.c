// expect: none

#define GIVES_BACK 1
#include "pshared_read_released_by_child.c"
