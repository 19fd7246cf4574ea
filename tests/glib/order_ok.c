// expect: none
#define SECOND &a, &b
#include "order.c"
