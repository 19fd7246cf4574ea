// expect: deadlock error certain threads=2
// stderr-has: F1 was never woken by a push so far; T2, which could, waits for a
// stderr-has: #0 main at
// What libglib does inside is seen by its futex alone; the first frame is the program's.
#include <glib.h>

static GMutex a;

static gpointer feed(gpointer q)
{
    g_mutex_lock(&a);
    g_async_queue_push(q, q);
    g_mutex_unlock(&a);
    return NULL;
}

int main(void)
{
    GAsyncQueue *q = g_async_queue_new();
    g_mutex_lock(&a);
    GThread *t = g_thread_new("feed", feed, q);
    g_async_queue_pop(q);
    g_mutex_unlock(&a);
    g_thread_join(t);
    return 0;
}
