// expect: none
#define STOPS 2
#include "queue_stop.c"
