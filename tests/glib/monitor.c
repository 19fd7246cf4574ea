// expect: deadlock error certain threads=2 locks=element,ended
// stderr-has: waits on GCond ended with GMutex task
#include "tests/order.h"

#include <glib.h>

static GMutex element, task;
static GCond ended;
static gboolean over;

#ifndef RELEASED
#define RELEASED 0
#endif

static gpointer run(gpointer x)
{
    await_step(1);
    g_mutex_lock(&element);
    g_mutex_unlock(&element);
    g_mutex_lock(&task);
    over = TRUE;
    g_cond_signal(&ended);
    g_mutex_unlock(&task);
    return x;
}

int main(void)
{
    GThread *t = g_thread_new("task", run, NULL);
    g_mutex_lock(&element);
    step();
    if (RELEASED)
        g_mutex_unlock(&element);
    g_mutex_lock(&task);
    while (!over)
        g_cond_wait(&ended, &task);
    g_mutex_unlock(&task);
    if (!RELEASED)
        g_mutex_unlock(&element);
    g_thread_join(t);
    return 0;
}
