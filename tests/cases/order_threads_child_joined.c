// expect: lock-order note ordered locks=a,b

// The thread that is joined had joined its own.
#define NEST START(inner, ba) JOIN(inner)
#define MAIN START(one, nest) JOIN(one) AB
#include "order_threads_joined_before.c"
