// expect: none
#define RELEASES 3
#include "wrapped.c"
