// expect: lock-order note ordered locks=a,b

// The first thread was over when a third one, that had made nothing but this one, was made.
#define NEST START(inner, ba) JOIN(inner)
#define MAIN START(one, ab) JOIN(one) START(two, nest) JOIN(two)
#include "order_threads_joined_before.c"
