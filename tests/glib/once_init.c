// expect: deadlock error certain threads=2 locks=a,made
// stderr-has: run by T2
#include "tests/order.h"

#include <glib.h>

static GMutex a;
static gsize made;

static gpointer other(gpointer x)
{
    if (g_once_init_enter(&made)) {
        step();
        g_mutex_lock(&a);
        g_mutex_unlock(&a);
        g_once_init_leave(&made, 1);
    }
    return x;
}

int main(void)
{
    g_mutex_lock(&a);
    GThread *t = g_thread_new("other", other, NULL);
    await_step(1);
    if (g_once_init_enter(&made))
        g_once_init_leave(&made, 1);
    g_mutex_unlock(&a);
    g_thread_join(t);
    return 0;
}
