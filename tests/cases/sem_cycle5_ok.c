// expect: lock-order note guarded threads=5 locks=forks[0],forks[1],forks[2],forks[3],forks[4]
// stdout-same: yes

// A gate of one less than there are forks: there is always one who gets both.
#define GATE (N - 1)
#include "sem_cycle5.c"
