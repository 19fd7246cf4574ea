// expect: deadlock error certain threads=2 locks=futex
// stderr-has: waits for GAsyncQueue F1, never woken by a push so far
// stderr-has: push before that wait
// Each thread pops before it pushes: a request that was never sent, and its reply.
#include <glib.h>

#ifndef SENT
#define SENT 0
#endif

static GAsyncQueue *requests, *replies;

static gpointer serve(gpointer x)
{
    gpointer request = g_async_queue_pop(requests);
    g_async_queue_push(replies, request);
    return x;
}

int main(void)
{
    requests = g_async_queue_new();
    replies = g_async_queue_new();
    GThread *t = g_thread_new("server", serve, NULL);
    if (SENT)
        g_async_queue_push(requests, requests);
    g_async_queue_pop(replies);
    g_thread_join(t);
    g_async_queue_unref(requests);
    g_async_queue_unref(replies);
    return 0;
}
