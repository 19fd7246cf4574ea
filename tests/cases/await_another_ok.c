// expect: none

#define ANOTHER 1
#include "await_sometimes_ok.c"
