// expect: none

// It says when it has been through the mutex, and who joins it may have waited for that.
#define FIRST sem_post(&gone)
#define LAST sem_post(&gone)
#include "wait_holding_join.c"
