// expect: none

// Readers exclude nobody.
#define ONE READ(r) LOCK(a) UNLOCK(a) GIVE(r)
#define TWO LOCK(a) READ(r) GIVE(r) UNLOCK(a)
#include "order_abba.c"
