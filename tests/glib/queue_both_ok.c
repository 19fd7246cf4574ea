// expect: none
#define SENT 1
#include "queue_both.c"
