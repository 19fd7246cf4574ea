// expect: none
#define OWNED 0
#include "context.c"
