// expect: none

// On a lock that prefers readers the last one passes the writer.
#define INITIALIZER PTHREAD_RWLOCK_INITIALIZER
#include "rwlock_behind_writer.c"
