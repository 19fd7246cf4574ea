// expect: none

// A thread of the same routine as the poster that has ended takes its time, more than what is likely must have stood.
#define FRESH 1
#include "sem_thread_per_request.c"
