// expect: none
#define INSIDE 0
#include "self.c"
