// expect: cond-mutex-not-held warning threads=1 locks=c
// expect: cond-mutex-not-held warning threads=1 locks=c
// expect: cond-mutex-not-held warning threads=2
// json: all(f["locks"][0]["name"] == "c" for f in doc["findings"])
// json: len(doc["findings"][2]["threads"][1]["holds"]) == 1

// Waits without the mutex: nobody has it; an error-checking one refuses; another thread has it.
#define _GNU_SOURCE
#include "../order.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;

static struct timespec soon(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (t.tv_nsec += 1000000) / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void *robber(void *bad)
{
    const struct timespec end = soon();
    *(int *)bad |= pthread_cond_timedwait(&c, &m, &end) != ETIMEDOUT;
    pthread_mutex_unlock(&m);
    step();
    return NULL;
}

int main(void)
{
    pthread_t thread;
    const struct timespec end = soon();
    int bad = pthread_cond_timedwait(&c, &m, &end) != ETIMEDOUT;

    bad |= pthread_mutex_unlock(&m) != 0;
    bad |= pthread_cond_wait(&c, &checked) != EPERM;
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, robber, &bad);
    await_step(1); /* in a join it would seem to hold what the robber needs back, and to wait for it */
    pthread_join(thread, NULL);
    return bad;
}
