// expect: none

// What the first thread does is ignored.
#define FIRST                                                                                                          \
    LOCKWATCH_IGNORE();                                                                                                \
    PAIR(a, b) LOCKWATCH_WATCH();
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"
