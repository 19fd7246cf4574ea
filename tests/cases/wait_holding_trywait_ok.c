// expect: none

#define WAIT sem_trywait(&ready)
#include "wait_holding_posted_before.c"
