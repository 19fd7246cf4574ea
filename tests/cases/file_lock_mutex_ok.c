// expect: none

// The first thread has closed the file, and so given the lock back, before it wants the mutex.
#define CLOSED 1
#include "file_lock_mutex.c"
