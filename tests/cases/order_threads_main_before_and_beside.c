// expect: lock-order warning threads=2 locks=a,b

// The main thread did it before and while the other was there.
#define MAIN                                                                                                           \
    AB START(two, ba)                                                                                                  \
    AB JOIN(two)
#include "order_threads_joined_before.c"
