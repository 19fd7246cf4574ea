// expect: lock-order warning threads=2 locks=a,b

// Both might have run at one time: nothing says that the first was over.
#define MAIN START(one, ab) START(two, ba) JOIN(one) JOIN(two)
#include "order_threads_joined_before.c"
