// expect: none
#define RELEASED 1
#include "monitor.c"
