// expect: lock-order warning threads=2 locks=a,b

// The thread that is joined left one behind.
#define NEST START(inner, ba)
#define MAIN START(one, nest) JOIN(one) AB JOIN(inner)
#include "order_threads_joined_before.c"
