// expect: none

// All three readers let go in time.
#define NEEDS_MUTEX 0
#include "rwlock_writer_waits_for_all.c"
