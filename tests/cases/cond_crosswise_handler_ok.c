// expect: none

#define CROSSWISE 0
#include "cond_crosswise_handler.c"
