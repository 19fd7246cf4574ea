// expect: deadlock error certain threads=2 locks=futex,state
// stderr-has: waits for GMainContext F1, never woken so far
// A thread runs the loop of a context that another one owns.
#include "tests/order.h"

#include <glib.h>

#ifndef OWNED
#define OWNED 1
#endif

static GMutex state;

static gpointer run(gpointer loop)
{
    g_mutex_lock(&state);
    step();
    g_main_loop_run(loop);
    g_mutex_unlock(&state);
    return NULL;
}

static gboolean end(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

int main(void)
{
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    GSource *ends = g_idle_source_new();
    g_source_set_callback(ends, end, loop, NULL);
    g_source_attach(ends, context);
    g_main_context_acquire(context);
    if (!OWNED)
        g_main_context_release(context);
    GThread *t = g_thread_new("run", run, loop);
    await_step(1);
    g_mutex_lock(&state);
    g_mutex_unlock(&state);
    if (OWNED)
        g_main_context_release(context);
    g_thread_join(t);
    return 0;
}
