// expect: lock-order note ordered locks=a,b

// What was noted in one life counts in all that come after it.
#define NEST BA
#define MAIN AB AC START(one, nest) JOIN(one) AC START(two, nest) JOIN(two)
#include "order_threads_joined_before.c"
