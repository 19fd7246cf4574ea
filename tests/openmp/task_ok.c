// expect: none
#define INSIDE 0
#include "task.c"
