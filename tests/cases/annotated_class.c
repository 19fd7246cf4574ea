// expect: lock-order warning threads=2
// json: sorted(l["name"] for l in f["locks"]) == ["account[0]", "account[1]"]

// Locks of a class are numbered.
#define FIRST                                                                                                          \
    LOCKWATCH_CLASS(&a, "account");                                                                                    \
    LOCKWATCH_CLASS(&b, "account");                                                                                    \
    PAIR(a, b)
#define SECOND PAIR(b, a)
#include "tests/cases/annotated.h"
