// expect: deadlock error certain threads=2 locks=r,w
// stderr-has: waits for GRecMutex r
// stderr-has: waits to lock GRWLock w for writing
// As recursive.c, by locks of which the library knows what they are made of, since they were acquired before. The
// recursive mutex is held twice and released once, the other has readers.
#include "tests/order.h"

#include <glib.h>
#ifndef RELEASES
#define RELEASES 1
#endif

static GRecMutex r;
static GRWLock w;

static gpointer other(gpointer x)
{
    for (int i = 0; i < 3; i++)
        g_rec_mutex_lock(&r);
    for (int i = 0; i < RELEASES; i++)
        g_rec_mutex_unlock(&r);
    step();
    await_step(2);
    g_rw_lock_writer_lock(&w);
    g_rw_lock_writer_unlock(&w);
    return x;
}

static void known(void)
{
    for (int i = 0; i < 3; i++) {
        g_rec_mutex_lock(&r);
        g_rec_mutex_lock(&r);
        g_rec_mutex_unlock(&r);
        g_rec_mutex_unlock(&r);
        g_rw_lock_writer_lock(&w);
        g_rw_lock_writer_unlock(&w);
        g_rw_lock_reader_lock(&w);
        g_rw_lock_reader_lock(&w);
        g_rw_lock_reader_unlock(&w);
        g_rw_lock_reader_unlock(&w);
    }
}

int main(void)
{
    known();
    GThread *t = g_thread_new("other", other, NULL);
    await_step(1);
    g_rw_lock_reader_lock(&w);
    step();
    g_rec_mutex_lock(&r);
    g_rec_mutex_unlock(&r);
    g_rw_lock_reader_unlock(&w);
    g_thread_join(t);
    return 0;
}
