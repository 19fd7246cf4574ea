// expect: none

#define GIVES_BACK 1
#include "pshared_released_by_child.c"
