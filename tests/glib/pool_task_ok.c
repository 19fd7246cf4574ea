// expect: none
#define THREADS 2
#include "pool_task.c"
