// expect: deadlock error certain threads=2 locks=a,b
// stderr-has: waits for GMutex
// stderr-has: while holding GMutex
// json: {l["kind"] for l in f["locks"]} == {"mutex"}
#include "tests/order.h"

#include <glib.h>

static GMutex a, b;

static gpointer other(gpointer x)
{
    g_mutex_lock(&b);
    step();
    await_step(2);
    g_mutex_lock(&a);
    return x;
}

int main(void)
{
    GThread *t = g_thread_new("other", other, NULL);
    g_mutex_lock(&a);
    step();
    await_step(2);
    g_mutex_lock(&b);
    g_thread_join(t);
    return 0;
}
