// expect: lock-order warning locks=a,b

// Twice the same, the second time after the regions, which are nested: that counts.
#define FIRST                                                                                                          \
    LOCKWATCH_IGNORE();                                                                                                \
    LOCKWATCH_IGNORE();                                                                                                \
    PAIR(a, b) LOCKWATCH_WATCH();                                                                                      \
    PAIR(a, b) LOCKWATCH_WATCH();                                                                                      \
    PAIR(a, b)
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"
