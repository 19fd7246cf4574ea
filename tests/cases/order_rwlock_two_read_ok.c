// expect: none

// Two rwlocks, read in both orders.
#define ONE READ(r) READ(s) GIVE(s) GIVE(r)
#define TWO READ(s) READ(r) GIVE(r) GIVE(s)
#include "order_abba.c"
