// expect: lock-order note guarded locks=a,b

// From C++, too.
#define FIRST                                                                                                          \
    LOCKWATCH_NAME(&gate, "gate");                                                                                     \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(a, b) LOCKWATCH_LEAVE(&gate);
#define SECOND                                                                                                         \
    LOCKWATCH_ENTER(&gate);                                                                                            \
    PAIR(b, a) LOCKWATCH_LEAVE(&gate);
#include "tests/cases/annotated.h"
