// expect: unlock-not-owner warning
// Afterwards the mutex has no owner, so nothing else is said of it.
#include <glib.h>

static GMutex a, b;

static gpointer release(gpointer x)
{
    g_mutex_unlock(&a);
    return x;
}

static gpointer both(gpointer x)
{
    g_mutex_lock(&a);
    g_mutex_lock(&b);
    g_mutex_unlock(&b);
    g_mutex_unlock(&a);
    return x;
}

int main(void)
{
    g_mutex_lock(&a);
    g_thread_join(g_thread_new("release", release, NULL));
    g_thread_join(g_thread_new("both", both, NULL));
    return 0;
}
