// expect: none
#define DEPTH 1
#include "once_self.c"
