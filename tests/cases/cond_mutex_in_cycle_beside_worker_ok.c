// expect: none

// Its mutex is free, so a signal would do.
#define KEEP_INNER 0
#include "cond_mutex_in_cycle_beside_worker.c"
