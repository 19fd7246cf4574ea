// expect: none

// One buffer more than threads: somebody gets a second one, and releases both.
#define BUFFERS 4
#include "sem_pool.c"
