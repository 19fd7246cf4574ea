// expect: lock-order warning locks=a,b

// Given before its part, the hand-over keeps nothing apart; nor does taking something else, or after the other part.
#define FIRST                                                                                                          \
    LOCKWATCH_GIVE(&job);                                                                                              \
    PAIR(a, b) LOCKWATCH_GIVE(&jobs);
#define SECOND                                                                                                         \
    LOCKWATCH_TAKE(&job);                                                                                              \
    LOCKWATCH_TAKE(&other);                                                                                            \
    PAIR(b, a) LOCKWATCH_TAKE(&jobs);
#include "tests/cases/annotated.h"
