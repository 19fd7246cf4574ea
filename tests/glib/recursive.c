// expect: deadlock error certain threads=2 locks=r,w
// stderr-has: waits for GRecMutex r
// stderr-has: waits to lock GRWLock w for writing
// The recursive mutex is still held after one of two releases.
#include "tests/order.h"

#include <glib.h>

static GRecMutex r;
static GRWLock w;

static gpointer other(gpointer x)
{
    g_rec_mutex_lock(&r);
    g_rec_mutex_lock(&r);
    g_rec_mutex_unlock(&r);
    step();
    await_step(2);
    g_rw_lock_writer_lock(&w);
    return x;
}

int main(void)
{
    GThread *t = g_thread_new("other", other, NULL);
    g_rw_lock_reader_lock(&w);
    step();
    await_step(2);
    g_rec_mutex_lock(&r);
    g_thread_join(t);
    return 0;
}
