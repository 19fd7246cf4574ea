// expect: none

#define LET_GO 1
#include "rwlock_two_upgrades.c"
