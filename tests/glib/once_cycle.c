// expect: deadlock error certain threads=2 locks=one_type,other_type
// stderr-has: set both up in one routine
// Two types, each of which needs the other, asked for first by two threads.
#include "tests/order.h"

#include <glib.h>

#ifndef NEEDS
#define NEEDS 1
#endif

static gsize one_type, other_type;

static gsize get_other(void);

static gsize get_one(void)
{
    if (g_once_init_enter(&one_type)) {
        step();
        await_step(2);
        g_once_init_leave(&one_type, get_other() + 1);
    }
    return one_type;
}

static gsize get_other(void)
{
    if (g_once_init_enter(&other_type)) {
        step();
        await_step(2);
        g_once_init_leave(&other_type, NEEDS ? get_one() + 1 : 1);
    }
    return other_type;
}

static gpointer one(gpointer x)
{
    return get_one() != 0 ? x : NULL;
}

static gpointer other(gpointer x)
{
    return get_other() != 0 ? x : NULL;
}

int main(void)
{
    GThread *s = g_thread_new("one", one, NULL), *t = g_thread_new("other", other, NULL);
    g_thread_join(s);
    g_thread_join(t);
    return 0;
}
