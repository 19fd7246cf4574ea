// expect: deadlock error certain threads=2 locks=consumer,futex
// stderr-has: waits for GAsyncQueue F1
// The word to stop is pushed once, and two consumers wait for it.
#include <glib.h>

#ifndef STOPS
#define STOPS 1
#endif

static GAsyncQueue *jobs;
static char stop;

static gpointer consume(gpointer x)
{
    while (g_async_queue_pop(jobs) != &stop)
        ;
    return x;
}

int main(void)
{
    GThread *t[2];
    jobs = g_async_queue_new();
    for (int i = 0; i < 2; i++)
        t[i] = g_thread_new("consumer", consume, NULL);
    for (int i = 0; i < 5; i++)
        g_async_queue_push(jobs, jobs);
    for (int i = 0; i < STOPS; i++)
        g_async_queue_push(jobs, &stop);
    for (int i = 0; i < 2; i++)
        g_thread_join(t[i]);
    return 0;
}
