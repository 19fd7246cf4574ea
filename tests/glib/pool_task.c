// expect: deadlock error certain threads=2 locks=done
// stderr-has: T2 (pool
// A task waits for another one, and the pool has a thread for one at a time.
#include <glib.h>

#ifndef THREADS
#define THREADS 1
#endif

static GThreadPool *pool;
static GMutex m;
static GCond done;
static int count;

static void await(int tasks)
{
    g_mutex_lock(&m);
    while (count < tasks)
        g_cond_wait(&done, &m);
    g_mutex_unlock(&m);
}

static void run(gpointer task, gpointer x)
{
    (void)x;
    if (GPOINTER_TO_INT(task) == 1) {
        g_thread_pool_push(pool, GINT_TO_POINTER(2), NULL);
        await(1);
    }
    g_mutex_lock(&m);
    count++;
    g_cond_broadcast(&done);
    g_mutex_unlock(&m);
}

int main(void)
{
    pool = g_thread_pool_new(run, NULL, THREADS, TRUE, NULL);
    g_thread_pool_push(pool, GINT_TO_POINTER(1), NULL);
    await(2);
    g_thread_pool_free(pool, FALSE, TRUE);
    return 0;
}
