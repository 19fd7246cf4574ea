// expect: none

// The first thread has closed the file, and so released the lock, before it wants the mutex.
#define CLOSED 1
#include "file_lock_mutex.c"
