// expect: none
// What each call returns, and what it leaves in errno.
#include <errno.h>
#include <glib.h>
#include <stdio.h>

static GMutex m;
static GCond c;
static GRecMutex r;
static GRWLock w;
static GOnce once = G_ONCE_INIT;
static gsize location;
static int done;

static gpointer busy(gpointer x)
{
    printf("%d", g_mutex_trylock(&m));
    printf(" %d", g_rec_mutex_trylock(&r));
    printf(" %d", g_rw_lock_writer_trylock(&w));
    printf(" %d\n", g_rw_lock_reader_trylock(&w));
    return x;
}

static gpointer signals(gpointer x)
{
    g_mutex_lock(&m);
    done = 1;
    g_cond_broadcast(&c);
    g_mutex_unlock(&m);
    return x;
}

static gpointer make(gpointer x)
{
    return x;
}

int main(void)
{
    errno = 77;
    g_mutex_lock(&m);
    g_rec_mutex_lock(&r);
    printf("%d\n", g_rec_mutex_trylock(&r));
    g_rec_mutex_unlock(&r);
    g_rw_lock_writer_lock(&w);
    g_thread_join(g_thread_new("busy", busy, NULL));
    g_rw_lock_writer_unlock(&w);
    g_rec_mutex_unlock(&r);
    printf("%d\n", g_cond_wait_until(&c, &m, g_get_monotonic_time() + 1000));
    GThread *t = g_thread_new("signals", signals, NULL);
    while (!done)
        g_cond_wait(&c, &m);
    g_mutex_unlock(&m);
    g_thread_join(t);
    printf("%p %p\n", g_once(&once, make, &m) == &m ? (void *)1 : NULL,
           g_once(&once, make, NULL) == &m ? (void *)1 : NULL);
    if (g_once_init_enter(&location))
        g_once_init_leave(&location, 5);
    printf("%zu %d\n", location, g_once_init_enter(&location));
    g_mutex_clear(&m);
    g_mutex_init(&m);
    printf("%d %d\n", g_mutex_trylock(&m), g_mutex_trylock(&m));
    g_mutex_unlock(&m);
    return 0;
}
