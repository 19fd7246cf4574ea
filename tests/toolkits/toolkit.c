/* A toolkit of its own, built as two libraries, of which one lacks a call: tests/scripts/toolkits. */
#include <stdio.h>

int COUNT;

/* Of GLib's, as it was verified: a word. */
void g_mutex_lock(int *m);
void g_mutex_lock(int *m)
{
    *m = 1;
}

void g_mutex_unlock(int *m);
void g_mutex_unlock(int *m)
{
    *m = 0;
}

void g_rec_mutex_lock(void *m);
void g_rec_mutex_lock(void *m)
{
    (void)m;
    COUNT += 100;
}

void g_rec_mutex_unlock(void *m);
void g_rec_mutex_unlock(void *m)
{
    (void)m;
}

#ifndef OLDER
int g_rec_mutex_trylock(void *m);
int g_rec_mutex_trylock(void *m)
{
    (void)m;
    COUNT += 100; /* the library tries first */
    return 1;
}
#endif
