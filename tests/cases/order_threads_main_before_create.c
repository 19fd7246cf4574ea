// expect: lock-order note ordered locks=a,b

// The main thread did it before it made the other.
#define MAIN AB START(two, ba) JOIN(two)
#include "order_threads_joined_before.c"
