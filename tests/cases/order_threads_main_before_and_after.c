// expect: lock-order note ordered locks=a,b

// The main thread did it before and after, but not while the other was there.
#define MAIN AB START(two, ba) JOIN(two) AB
#include "order_threads_joined_before.c"
