// expect: deadlock error certain locks=futex,state
// stderr-has: waits for last task of GThreadPool F1, never woken
// The end of a pool's tasks is awaited while holding what they need.
#include "tests/order.h"

#include <glib.h>

#ifndef HELD
#define HELD 1
#endif

static GMutex state;

static void run(gpointer task, gpointer x)
{
    (void)task, (void)x;
    await_step(1);
    g_mutex_lock(&state);
    g_mutex_unlock(&state);
}

int main(void)
{
    GThreadPool *pool = g_thread_pool_new(run, NULL, 1, FALSE, NULL);
    g_thread_pool_push(pool, &state, NULL);
    g_mutex_lock(&state);
    step();
    if (!HELD)
        g_mutex_unlock(&state);
    g_thread_pool_free(pool, FALSE, TRUE);
    if (HELD)
        g_mutex_unlock(&state);
    return 0;
}
