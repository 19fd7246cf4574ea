// expect: lock-order warning threads=2 locks=a,b
// Both orders, one after the other; without a join in between, which would keep them apart.
#include "tests/order.h"

#include <glib.h>

static GMutex a, b;

#ifndef SECOND
#define SECOND &b, &a
#endif

static void both(GMutex *first, GMutex *second)
{
    g_mutex_lock(first);
    g_mutex_lock(second);
    g_mutex_unlock(second);
    g_mutex_unlock(first);
}

static gpointer one(gpointer x)
{
    both(&a, &b);
    step();
    await_step(2);
    return x;
}

static gpointer two(gpointer x)
{
    await_step(1);
    both(SECOND);
    step();
    return x;
}

int main(void)
{
    GThread *s = g_thread_new("one", one, NULL), *t = g_thread_new("two", two, NULL);
    g_thread_join(s);
    g_thread_join(t);
    return 0;
}
