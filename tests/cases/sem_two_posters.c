// expect: deadlock error certain threads=3 locks=m,s

// Both who have posted before are shut out by the waiter.
#define BOTH_SHUT_OUT 1
#include "sem_two_posters_ok.c"
