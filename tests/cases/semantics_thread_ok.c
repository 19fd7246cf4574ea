// expect: none

// What a thread returns, what it is cancelled with, what is refused: as without the library.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static int value;

static void *returns(void *arg)
{
    return arg;
}

static void *exits(void *arg)
{
    pthread_exit(arg);
}

static void *sleeps(void *arg)
{
    for (;;)
        pause();
    return arg;
}

int main(void)
{
    pthread_attr_t detached, huge;
    pthread_t thread;
    void *result;
    char name[16];
    int bad = 0;

    pthread_create(&thread, NULL, returns, &value);
    bad |= pthread_join(thread, &result) != 0 || result != &value;
    pthread_create(&thread, NULL, exits, &value);
    bad |= pthread_join(thread, &result) != 0 || result != &value;
    pthread_create(&thread, NULL, sleeps, NULL);
    bad |= pthread_setname_np(thread, "a-sleeper") != 0;
    bad |= pthread_getname_np(thread, name, sizeof name) != 0 || strcmp(name, "a-sleeper") != 0;
    bad |= pthread_setname_np(thread, "a name that is too long") != ERANGE;
    bad |= pthread_tryjoin_np(thread, &result) != EBUSY;
    pthread_cancel(thread);
    bad |= pthread_join(thread, &result) != 0 || result != PTHREAD_CANCELED;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &detached, sleeps, NULL);
    bad |= pthread_join(thread, NULL) != EINVAL;
    bad |= pthread_detach(thread) != EINVAL;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, (size_t)1 << 46);
    bad |= pthread_create(&thread, &huge, returns, NULL) != EAGAIN;
    return bad;
}
