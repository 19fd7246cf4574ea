// expect: deadlock error certain threads=2 locks=a,made
// stderr-has: run by T2
#include "tests/order.h"

#include <glib.h>

static GMutex a;
static GOnce made = G_ONCE_INIT;

static gpointer make(gpointer x)
{
    step();
    await_step(2);
    g_mutex_lock(&a);
    g_mutex_unlock(&a);
    return x;
}

static gpointer other(gpointer x)
{
    g_once(&made, make, x);
    return x;
}

int main(void)
{
    g_mutex_lock(&a);
    GThread *t = g_thread_new("other", other, NULL);
    await_step(1);
    step();
    g_once(&made, make, NULL);
    g_mutex_unlock(&a);
    g_thread_join(t);
    return 0;
}
