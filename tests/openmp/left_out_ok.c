// expect: none
#define LEFT_OUT 4
#include "left_out.c"
