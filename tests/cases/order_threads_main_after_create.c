// expect: lock-order warning threads=2 locks=a,b

// The main thread did it after it had made the other.
#define MAIN START(two, ba) AB JOIN(two)
#include "order_threads_joined_before.c"
