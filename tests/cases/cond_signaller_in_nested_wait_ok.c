// expect: none
// limit: 20

// A pool whose tasks wait for another one each, which a third worker runs, slowly; it has run none before, and so has
// not signalled `done` yet.
#include "../order.h"

#include <time.h>

#ifndef SPARE
#define SPARE 1
#endif

enum { TASKS = 64 };
struct task {
    int over, nested;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static struct task tasks[TASKS], *queue[TASKS];
static int made, taken, ends;

static struct task *submit(int nested)
{
    pthread_mutex_lock(&lock);
    struct task *t = &tasks[made];
    t->nested = nested;
    queue[made++] = t;
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    return t;
}

__attribute__((noinline)) static void finish(const struct task *t)
{
    pthread_mutex_lock(&lock);
    while (!t->over)
        pthread_cond_wait(&done, &lock);
    pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static void run(struct task *t)
{
    const struct timespec slowly = {2, 600000000};
    if (t->nested == 1) {
        step();
        await_step(2);
        finish(submit(2));
    } else if (t->nested == 2) {
        nanosleep(&slowly, NULL);
    }
    pthread_mutex_lock(&lock);
    t->over = 1;
    pthread_cond_broadcast(&done);
    pthread_mutex_unlock(&lock);
}

static void *worker(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        while (taken == made && !ends)
            pthread_cond_wait(&more, &lock);
        struct task *t = taken < made ? queue[taken++] : NULL;
        pthread_mutex_unlock(&lock);
        if (t == NULL)
            return unused;
        run(t);
    }
}

/* Goes on beside them. */
static void *clock_hand(void *unused)
{
    const struct timespec often = {0, 50000000};
    while (!__atomic_load_n(&ends, __ATOMIC_ACQUIRE))
        nanosleep(&often, NULL);
    return unused;
}

int main(void)
{
    pthread_t thread[4];
    pthread_create(&thread[3], NULL, clock_hand, NULL);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, worker, NULL);
    for (int i = 0; i < 20; i++)
        finish(submit(0));
    if (SPARE)
        pthread_create(&thread[2], NULL, worker, NULL);
    struct task *one = submit(1), *other = submit(1);
    finish(one);
    finish(other);
    pthread_mutex_lock(&lock);
    __atomic_store_n(&ends, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 4; i++)
        if (i != 2 || SPARE)
            pthread_join(thread[i], NULL);
    return 0;
}
