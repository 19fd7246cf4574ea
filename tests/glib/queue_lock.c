// expect: deadlock error certain threads=1 locks=futex
// stderr-has: waits for lock of GAsyncQueue F1, held by a thread that lockwatch cannot name
// stderr-has: no thread is left that could release F1
// stderr-has: _unlocked
// The queue's own lock is held, and a function is called that acquires it again.
#include <glib.h>

#ifndef PUSH
#define PUSH g_async_queue_push
#endif

int main(void)
{
    GAsyncQueue *q = g_async_queue_new();
    g_async_queue_lock(q);
    PUSH(q, q);
    g_async_queue_unlock(q);
    return 0;
}
