// expect: lock-order note ordered locks=a,b

// Both were joined before.
#define MAIN START(one, ab) START(two, ab) JOIN(one) JOIN(two) BA
#include "order_threads_joined_before.c"
