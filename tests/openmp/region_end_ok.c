// expect: none
#define KEPT 0
#include "region_end.c"
