// expect: lock-order note ordered locks=a,b

// The main thread did it after it had joined the other.
#define MAIN START(two, ba) JOIN(two) AB
#include "order_threads_joined_before.c"
