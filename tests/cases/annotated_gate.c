// expect: lock-order note guarded locks=a,b

// Both are in one gate: they never meet.
#define FIRST                                                                                                          \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(a, b) LOCKWATCH_LEAVE(&gate);
#define SECOND                                                                                                         \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(b, a) LOCKWATCH_LEAVE(&gate);
#include "tests/cases/annotated.h"
