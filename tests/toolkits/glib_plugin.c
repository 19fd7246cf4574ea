/* Two threads that lock two mutexes of GLib's, in one order or in both: for tests/scripts/toolkits. */
#include "tests/order.h"

#include <glib.h>

static GMutex accounts, journal;

static gpointer both(gpointer data)
{
    GMutex **in_order = data;
    g_mutex_lock(in_order[0]);
    if (in_order[2] != NULL) {
        step();
        await_step(2);
    }
    g_mutex_lock(in_order[1]);
    g_mutex_unlock(in_order[1]);
    g_mutex_unlock(in_order[0]);
    return NULL;
}

int used(int orders);

int used(int orders)
{
    GMutex *wait = orders == 2 ? &accounts : NULL;
    GMutex *one[] = {&accounts, &journal, wait}, *two[] = {&journal, &accounts, wait};
    GThread *other = g_thread_new("other", both, orders == 2 ? two : one);
    both(one);
    g_thread_join(other);
    return orders;
}
