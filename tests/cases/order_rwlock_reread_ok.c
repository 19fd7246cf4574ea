// expect: none

// A reader reads again what it has. Writers of this rwlock let readers pass.
#define ONE READ(r) READ(r) GIVE(r) GIVE(r)
#define TWO WRITE(r) GIVE(r)
#include "order_abba.c"
