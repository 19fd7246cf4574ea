// expect: exit-holding warning locks=a
#include <glib.h>

static GMutex a;

static gpointer leave(gpointer x)
{
    g_mutex_lock(&a);
    return x;
}

int main(void)
{
    g_thread_join(g_thread_new("leave", leave, NULL));
    return 0;
}
