// expect: none
#define PUSH g_async_queue_push_unlocked
#include "queue_lock.c"
