// expect: none

// A gate of one less than there are forks: there is always one who gets both.
#define GATE (N - 1)
#include "sem_ring5.c"
