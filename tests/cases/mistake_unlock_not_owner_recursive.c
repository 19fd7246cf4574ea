// expect: unlock-not-owner warning threads=2
// json: f["locks"][0]["name"] == "m"
// stdout-same: yes

// Locked twice by its owner; another thread is refused with EPERM.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *thief(void *bad)
{
    *(int *)bad = pthread_mutex_unlock(&m) != EPERM;
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int bad = 0;

    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, thief, &bad);
    pthread_join(thread, NULL);
    bad |= pthread_mutex_unlock(&m) != 0;
    bad |= pthread_mutex_unlock(&m) != 0;
    return bad;
}
