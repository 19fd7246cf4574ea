// expect: none
#define OTHER_ORDER 0
#define TURNS(n) (void)0
#include "critical.c"
