// expect: none

#define WAIT sem_trywait(&ready)
#include "await_posted_first.c"
