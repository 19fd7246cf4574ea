// expect: lock-order warning locks=a,b

// Two gates keep nothing apart; nor does a gate that was left before.
#define FIRST                                                                                                          \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(a, b) LOCKWATCH_LEAVE(&gate);
#define SECOND                                                                                                         \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    LOCKWATCH_LEAVE(&gate);                                                                                            \
    LOCKWATCH_ENTER(&other);                                                                                           \
    PAIR(b, a) LOCKWATCH_LEAVE(&other);
#include "tests/cases/annotated.h"
