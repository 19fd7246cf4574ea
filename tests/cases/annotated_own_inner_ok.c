// expect: none

// The program's own lock is a flag with a condition. What it does inside is nobody's wait but that for the lock: its
// mutex is acquired with nothing held, and with everything.
#include "tests/cases/annotated_own.h"

static struct flagged {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    bool taken;
} f = {.mutex = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER};
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

static void acquire(void)
{
    LOCKWATCH_WAITS(&f, 0);
    pthread_mutex_lock(&f.mutex);
    while (f.taken)
        pthread_cond_wait(&f.freed, &f.mutex);
    f.taken = true;
    pthread_mutex_unlock(&f.mutex);
    LOCKWATCH_ACQUIRED(&f, 0);
}

static void release(void)
{
    LOCKWATCH_RELEASES(&f);
    pthread_mutex_lock(&f.mutex);
    f.taken = false;
    pthread_cond_signal(&f.freed);
    pthread_mutex_unlock(&f.mutex);
}

static void work(void)
{
    struct own unused = {0};
    own_lock(&unused);
    own_unlock(&unused);
    for (int i = 0; i < 1000; i++) {
        acquire();
        pthread_mutex_lock(&m);
        pthread_mutex_unlock(&m);
        release();
    }
}

static void first(void)
{
    work();
}

static void second(void)
{
    work();
}
