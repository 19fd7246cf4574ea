// expect: none
#define HELD 0
#include "ordered.c"
