// expect: deadlock error certain threads=1 locks=type
// stderr-has: waits for GOnce of type, which it runs itself
// stderr-has: do not use in it what it is to set up
#include <glib.h>

#ifndef DEPTH
#define DEPTH 2
#endif

static gsize type;

static gsize get_type(int depth)
{
    if (g_once_init_enter(&type)) {
        gsize value = depth < DEPTH ? get_type(depth + 1) : 7;
        g_once_init_leave(&type, value);
    }
    return type;
}

int main(void)
{
    return get_type(1) == 7 ? 0 : 1;
}
