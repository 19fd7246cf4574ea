// expect: none
#define RELEASES 2
#include "nested.c"
