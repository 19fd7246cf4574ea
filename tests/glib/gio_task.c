// expect: stall warning threads=2
// exit: hang
// limit: 7
// report-has: GMutex state, held by T1
// report-has: waits for GTask C1, never signalled so far
// A GTask is awaited while holding what it needs. GLib's own thread lives, and could wake the one that waits.
#include "tests/order.h"

#include <gio/gio.h>

#ifndef HELD
#define HELD 1
#endif

static GMutex state;

static void run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    (void)source, (void)data, (void)cancellable;
    await_step(1);
    g_mutex_lock(&state);
    g_mutex_unlock(&state);
    g_task_return_boolean(task, TRUE);
}

int main(void)
{
    GTask *task = g_task_new(NULL, NULL, NULL, NULL);
    g_mutex_lock(&state);
    step();
    if (!HELD)
        g_mutex_unlock(&state);
    g_task_run_in_thread_sync(task, run);
    if (HELD)
        g_mutex_unlock(&state);
    g_object_unref(task);
    return 0;
}
