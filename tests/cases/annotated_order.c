// expect: lock-order warning locks=a,b
// stderr-has: against the declared order

// Only one thread ever holds both; but they were declared to be acquired the other way round.
#define FIRST LOCKWATCH_ORDER(&a, &b);
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"
