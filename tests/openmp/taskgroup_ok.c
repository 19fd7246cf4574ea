// expect: none
#define INSIDE 0
#include "taskgroup.c"
