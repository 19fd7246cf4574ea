// expect: lock-order note ordered locks=a,b

// The second thread takes what the first one gave after its part.
#define FIRST PAIR(a, b) LOCKWATCH_GIVE(&job);
#define SECOND                                                                                                         \
    LOCKWATCH_TAKE(&job);                                                                                              \
    PAIR(b, a)
#include "tests/cases/annotated.h"
